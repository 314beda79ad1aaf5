/** Which agent runs the session, and the notice that says why. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Agent,
  type Conversations,
  createConversations,
  createDemoAgent,
  type SettingSource,
} from '@backchannel/host'
import { BackchannelError } from '@backchannel/protocol'

export interface AgentChoice {
  readonly agent: Agent
  /** Said at the start of the session. */
  readonly notice: string
  /** Under which its conversations are kept; absent for one that has none. */
  readonly keptAs?: string
}

export interface AgentRequest {
  /** From `--agent`, else from the settings. */
  readonly asked: string | undefined
  /** From `--agent-command`. */
  readonly command: string | undefined
  /** The program of the bridge, for an ACP agent. */
  readonly bridge: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
}

const DEMO =
  'a demo: it needs no key, reads and writes files and runs commands where that is allowed, and repeats what else it receives.'

/** @throws BackchannelError `agent-unavailable` */
export async function chooseAgent({ asked, command, bridge, env, home }: AgentRequest): Promise<AgentChoice> {
  if (asked === 'demo') return { agent: createDemoAgent(), notice: `The agent is ${DEMO}` }
  if (asked === 'acp' || command !== undefined) {
    const { chooseAcp, commandWithoutAcp } = await import('./acp-agent.ts')
    if (asked !== 'acp') throw commandWithoutAcp()
    return chooseAcp(command, bridge)
  }
  if (asked !== undefined && asked !== 'claude')
    throw new BackchannelError('agent-unavailable', `The agent "${asked}" is not part of this version.`, {
      hint: 'Start with --agent demo.',
    })
  const { chooseClaude } = await import('@backchannel/host/claude')
  const claude = await chooseClaude({ env, home })
  if (claude.agent && (asked === 'claude' || claude.credential !== undefined)) {
    const credential = claude.credential ?? 'no credential that could be found'
    return { agent: claude.agent, notice: `The agent is Claude, with ${credential}.`, keptAs: 'claude' }
  }
  if (claude.agent) {
    const missing = 'Claude is here, but no credential was found: set ANTHROPIC_API_KEY, or run "claude" and sign in.'
    return { agent: createDemoAgent(), notice: `The agent is ${DEMO} ${missing}` }
  }
  if (asked === 'claude') throw claude.problem
  return { agent: createDemoAgent(), notice: `The agent is ${DEMO} Claude is not used: ${claude.problem.message}` }
}

const UNTRUSTED =
  'Nobody has trusted this folder, so the agent reads no settings and no instructions of it, CLAUDE.md included. Start a session in a terminal once, or run: backchannel consents trust'

export interface AgentSources {
  readonly settingSources: readonly SettingSource[]
  /** Where something of the project is not read. */
  readonly warning?: string
}

/** What an agent reads of a project, hooks among it, runs without a question: only where the folder is trusted. */
export function sourcesOf(cwd: string, isTrusted: boolean): AgentSources {
  if (isTrusted) return { settingSources: ['user', 'project', 'local'] }
  const isThere = ['CLAUDE.md', '.claude'].some((name) => existsSync(join(cwd, name)))
  return { settingSources: ['user'], ...(isThere ? { warning: UNTRUSTED } : {}) }
}

export interface ConversationRequest {
  readonly asked: string | 'latest' | undefined
  /** `keptAs` of the agent. */
  readonly keptAs: string | undefined
  readonly folder: string
  readonly cwd: string
}

/** @throws BackchannelError `resume-refused` for one that cannot go on */
export async function openConversations({ asked, keptAs, folder, cwd }: ConversationRequest): Promise<{
  readonly conversations: Conversations | undefined
  readonly resume: string | undefined
}> {
  if (keptAs === undefined) {
    if (asked === undefined) return { conversations: undefined, resume: undefined }
    throw new BackchannelError(
      'resume-refused',
      'The demo agent remembers nothing, so there is nothing to go on with.',
      {
        hint: 'Leave --resume and --continue out, or take --agent claude.',
      },
    )
  }
  const conversations = createConversations({ folder, agent: keptAs, cwd })
  return { conversations, resume: asked === undefined ? undefined : await conversations.resume(asked) }
}
