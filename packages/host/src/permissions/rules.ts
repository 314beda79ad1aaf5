/** The rules of a settings file: `Tool`, `Bash(npm run *)`, `Read(~/secrets/**)`, `mcp__server__tool`, parsed and checked. */
import { BackchannelError, nearest } from '@backchannel/protocol'
import type { JsonField } from '../json/field.ts'
import { describe } from '../text/quote.ts'
import { type CommandPattern, parseCommandPattern } from './command-pattern.ts'
import type { PathPattern } from './path-pattern.ts'

export type RuleSubject =
  /** Every call of the tool. */
  | { readonly kind: 'tool'; readonly tool: string }
  /** No pattern: every command. */
  | { readonly kind: 'command'; readonly pattern?: CommandPattern }
  | { readonly kind: 'path'; readonly access: 'read' | 'write'; readonly pattern?: PathPattern }
  /** `tool` may end with `*`; absent: every tool of the server. */
  | { readonly kind: 'mcp'; readonly server: string; readonly tool?: string }

export interface Rule {
  /** As written. */
  readonly text: string
  /** The settings file, or what else it came from, for people. */
  readonly from: string
  readonly subject: RuleSubject
}

export type RuleList = 'allow' | 'ask' | 'deny'
export const RULE_LISTS: readonly RuleList[] = ['allow', 'ask', 'deny']

export type PermissionRules = Readonly<Record<RuleList, readonly Rule[]>>

export const NO_RULES: PermissionRules = { allow: [], ask: [], deny: [] }

export interface RuleOrigin {
  readonly from: string
  /** What a single leading `/` in a path counts from; absent: the folder of the session. */
  readonly root?: string
}

/** Tools of the host that touch files; `Edit` and `Write` rules are the same: both speak of changing a file. */
const PATH_TOOLS: Readonly<Record<string, 'read' | 'write'>> = {
  Read: 'read',
  LS: 'read',
  Edit: 'write',
  Write: 'write',
}
const HOST_TOOLS = ['Bash', ...Object.keys(PATH_TOOLS)]
const FORM = /^([A-Za-z][\w-]*\*?)(?:\(([\s\S]*)\))?$/
const MCP = /^mcp__(.+?)(?:__(.*))?$/
const LONGEST_RULE = 1_000

/** @throws BackchannelError `settings-invalid`, naming what was expected. */
export function parseRule(text: string, origin: RuleOrigin): Rule {
  const subject = parseSubject(text, origin)
  if ('expected' in subject)
    throw new BackchannelError(
      'settings-invalid',
      `${origin.from}: the rule must be ${subject.expected}, got ${describe(text)}.`,
      {
        hint: subject.hint,
      },
    )
  return { text, from: origin.from, subject }
}

/** As {@link parseRule}, for an item of a list in a settings file. */
export function parseRuleField(field: JsonField, origin: RuleOrigin): Rule {
  const text = field.string('a rule such as "Bash(npm run *)"')
  const subject = parseSubject(text, origin)
  if ('expected' in subject) throw field.refuse(subject.expected, describe(text), subject.hint)
  return { text, from: origin.from, subject }
}

interface Problem {
  readonly expected: string
  readonly hint: string
}

function parseSubject(text: string, { root }: RuleOrigin): RuleSubject | Problem {
  const found = text.length <= LONGEST_RULE ? FORM.exec(text) : null
  if (!found || /[\p{Cc}\p{Cf}]/u.test(text)) return FORM_PROBLEM
  const [, tool = '', pattern] = found
  if (tool.startsWith('mcp__')) return parseServerTool(tool, pattern)
  if (tool.endsWith('*')) return FORM_PROBLEM
  if (tool === 'Bash') return parseBash(pattern)
  const access = Object.hasOwn(PATH_TOOLS, tool) ? PATH_TOOLS[tool] : undefined
  if (access) return parsePath(access, pattern, root)
  const meant = nearest(tool, HOST_TOOLS)
  if (meant !== undefined && (pattern !== undefined || meant.toLowerCase() === tool.toLowerCase()))
    return { expected: `about one of the tools ${HOST_TOOLS.join(', ')} or mcp__…`, hint: `Did you mean ${meant}?` }
  if (pattern !== undefined)
    return {
      expected: `without a pattern: only ${HOST_TOOLS.join(', ')} take one`,
      hint: `Write ${tool} for every call of it.`,
    }
  return { kind: 'tool', tool }
}

const FORM_PROBLEM: Problem = {
  expected: 'Tool or Tool(pattern)',
  hint: 'For example Bash(git status), Bash(npm run *), Read(~/notes/**), mcp__webhook__reply.',
}

function parseBash(text: string | undefined): RuleSubject | Problem {
  if (text === undefined || /^\s*:?\*\s*$/.test(text)) return { kind: 'command' }
  const pattern = parseCommandPattern(text)
  return typeof pattern === 'string'
    ? { expected: pattern, hint: 'A command line that joins several is allowed where each of its commands is.' }
    : { kind: 'command', pattern }
}

function parsePath(
  access: 'read' | 'write',
  text: string | undefined,
  root: string | undefined,
): RuleSubject | Problem {
  if (text === undefined || text === '*' || text === '**')
    return text === undefined ? { kind: 'path', access } : path(text)
  if (text.trim() === '' || text !== text.trim()) return { expected: 'a path between the brackets', hint: PATH_HINT }
  if (/(?:^|\/)[^/]*[*?].*\/\.\.(?:\/|$)/.test(text))
    return { expected: 'a path without ".." after a wildcard', hint: PATH_HINT }
  if (/^~[^/]/.test(text))
    return { expected: 'a path; of home folders only your own has a short form, ~/', hint: PATH_HINT }
  return path(text)

  function path(pattern: string): RuleSubject {
    return { kind: 'path', access, pattern: { text: pattern, ...(root === undefined ? {} : { root }) } }
  }
}

const PATH_HINT = 'For example Read(./docs/**), Read(~/notes/**), Read(//etc/hosts), Read(*.md).'

function parseServerTool(text: string, pattern: string | undefined): RuleSubject | Problem {
  const [, server = '', tool] = MCP.exec(text) ?? []
  if (pattern !== undefined || server === '' || server.includes('*') || /\*./.test(text))
    return {
      expected: 'mcp__SERVER, mcp__SERVER__* or mcp__SERVER__TOOL',
      hint: 'Arguments of such a tool take no pattern.',
    }
  return tool === undefined || tool === '*' || tool === '' ? { kind: 'mcp', server } : { kind: 'mcp', server, tool }
}
