/** Claude as the agent of a session, through the Agent SDK. Nothing of it is loaded before the session starts it. */
import { BackchannelError, toError } from '@backchannel/protocol'
import type { Agent, AgentContext } from '../agent.ts'
import type { Conversation } from './conversation.ts'
import { type FoundProgram, type FoundSdk, findProgram, findSdk, SDK_PACKAGE } from './find.ts'
import { tooOld, unavailable } from './problems.ts'
import type { ClaudeSdk } from './sdk-types.ts'
import { isNewEnough, OLDEST } from './version.ts'

export interface ClaudeAgentOptions {
  /** Where the SDK and an installed `claude` are looked for. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The SDK itself, for whoever has loaded it. */
  readonly sdk?: ClaudeSdk
}

export function createClaudeAgent({ env, sdk: given }: ClaudeAgentOptions): Agent {
  let context: AgentContext | undefined
  let conversation: Conversation | undefined
  let closed = false
  /** Sessions that this process has begun; only the operator's own may be missing. */
  const begun = new Set<string>()

  const open = async (resume: string | undefined): Promise<void> => {
    if (!context) throw new Error('The agent was not started.')
    const { sdk, program } = given ? { sdk: given, program: undefined } : await load(env, context)
    const { resume: _, ...options } = context.options
    const { report } = context
    const { openConversation } = await import('./conversation.ts')
    const opened = await openConversation({
      sdk,
      program,
      context: {
        ...context,
        options: resume === undefined ? options : { ...options, resume },
        report(told) {
          if (told.kind === 'session' && told.id !== undefined) begun.add(told.id)
          report(told)
        },
      },
      lost: (reason) => report({ kind: 'lost', reason }),
    })
    if (closed) await opened.close()
    conversation = opened
  }
  return {
    name: 'claude',
    async start(started) {
      context = started
      const { resume } = started.options
      await conversation?.close()
      try {
        await open(resume)
      } catch (thrown) {
        // Killed before anything of it was on disk: there is nothing to go on with.
        if (resume === undefined || !begun.has(resume)) throw thrown
        started.report({
          kind: 'notice',
          level: 'warning',
          text: 'The conversation could not be resumed; a new one has begun.',
        })
        await open(undefined)
      }
    },
    async run(turn, signal) {
      if (!conversation) throw new Error('The agent was not started.')
      await conversation.run(turn, signal)
    },
    async clear() {
      await conversation?.close()
      context?.report({ kind: 'session', id: undefined })
      await open(undefined)
    },
    async compact(signal) {
      await conversation?.command('/compact', signal)
    },
    async status() {
      return conversation?.status() ?? {}
    },
    async close() {
      closed = true
      await conversation?.close()
    },
  }
}

/** @throws BackchannelError `agent-unavailable` */
async function load(
  env: ClaudeAgentOptions['env'],
  { report }: AgentContext,
): Promise<{ readonly sdk: ClaudeSdk; readonly program: string | undefined }> {
  const found = findSdk(env)
  if (!found) throw unavailable('The Agent SDK of Claude is not installed.', INSTALL)
  const program = chooseProgram(found, await findProgram(env), (text) =>
    report({ kind: 'notice', level: 'warning', text }),
  )
  try {
    return { sdk: (await import(found.url)) as ClaudeSdk, program }
  } catch (thrown) {
    throw new BackchannelError('agent-unavailable', `The Agent SDK could not be loaded: ${toError(thrown).message}`, {
      cause: thrown,
      hint: 'Install it again, or take --agent demo.',
    })
  }
}

export const INSTALL: string = `Install it beside this command: npm install -g ${SDK_PACKAGE} (with --omit=optional where claude ${OLDEST} or newer is installed).`

/** The installed one, which is signed in and kept up to date; the SDK's own where it is too old or there is none. */
function chooseProgram(
  { hasProgram }: FoundSdk,
  installed: FoundProgram | undefined,
  warn: (text: string) => void,
): string | undefined {
  if (installed?.version !== undefined && isNewEnough(installed.version)) return installed.path
  if (!hasProgram && !installed) throw unavailable('There is no Claude Code on this machine.', INSTALL)
  if (!hasProgram && installed?.version === undefined)
    throw unavailable(`${installed?.path} did not say which version of Claude Code it is.`)
  if (!hasProgram) throw tooOld(installed?.version ?? '')
  if (installed)
    warn(
      `${installed.path} is Claude Code ${installed.version ?? 'of no known version'}, older than ${OLDEST}; the one of the SDK is used.`,
    )
  return undefined
}
