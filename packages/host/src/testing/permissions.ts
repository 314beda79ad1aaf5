/** A project, a home and rules for tests of decisions: everything that {@link decide} looks at, on a real disk. */
import { join } from 'node:path'
import type { QueuedEvent } from '../channels/queue.ts'
import { type Decision, type DecisionContext, decide } from '../permissions/decide.ts'
import type { PermissionMode } from '../permissions/modes.ts'
import { protectedState } from '../permissions/protected-state.ts'
import { type PermissionRules, parseRule, RULE_LISTS, type RuleList } from '../permissions/rules.ts'
import { hostPaths } from '../settings/paths.ts'
import { createFolder } from './folder.ts'

export type RuleTexts = Partial<Record<RuleList, readonly string[]>>

export interface DecisionRequest {
  readonly rules?: RuleTexts
  readonly mode?: PermissionMode
  readonly events?: readonly QueuedEvent[]
}

export interface DecisionBench {
  readonly folder: string
  readonly cwd: string
  readonly home: string
  context(request?: DecisionRequest): DecisionContext
  bash(command: string, request?: DecisionRequest): Decision
  path(tool: string, path: string, request?: DecisionRequest): Decision
  tool(name: string, input: Record<string, unknown>, request?: DecisionRequest, source?: string): Decision
}

export function parseRules(rules: RuleTexts, root?: string): PermissionRules {
  const origin = { from: 'test', ...(root === undefined ? {} : { root }) }
  const lists = RULE_LISTS.map((list) => [list, (rules[list] ?? []).map((text) => parseRule(text, origin))])
  return Object.fromEntries(lists)
}

/** @param files of the whole folder: `project/…`, `home/…`, anything else lies outside of both. */
export async function createDecisionBench(files: Readonly<Record<string, unknown>> = {}): Promise<DecisionBench> {
  const folder = await createFolder({
    'project/notes.txt': 'notes',
    'home/.backchannel/settings.json': {},
    'home/.claude/channels/chat/access.json': {},
    ...files,
  })
  const cwd = join(folder, 'project')
  const home = join(folder, 'home')
  const environments = [{ CHAT_STATE_DIR: join(folder, 'moved-state') }]
  const paths = {
    ...hostPaths({}, process.platform, home),
    managed: { file: join(folder, 'm.json'), folder: join(folder, 'm.d') },
    claudeManaged: [],
  }
  const state = protectedState({ paths, cwd, home, environments })
  const context = ({ rules = {}, mode = 'default', events = [] }: DecisionRequest = {}): DecisionContext => ({
    ...{ cwd, home, mode, events, protectedState: state },
    rules: parseRules(rules),
  })
  return {
    ...{ folder, cwd, home, context },
    bash: (command, request) => decide({ name: 'Bash', input: { command } }, context(request)),
    path: (name, path, request) => decide({ name, input: { path } }, context(request)),
    tool: (name, input, request, source = 'chat') =>
      decide({ name, input, channel: { source, tool: name.replace(/^mcp__.*?__/, '') } }, context(request)),
  }
}
