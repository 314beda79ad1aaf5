/** Any agent that speaks the Agent Client Protocol, as an agent of a session (docs/acp.md). */
import { BackchannelError, isRecord, toError } from '@backchannel/protocol'
import type { Agent, AgentContext, AgentTurn } from '../agent.ts'
import { type Bridge, createBridge } from '../bridge/bridge.ts'
import { readRetry } from '../claude/failures.ts'
import { isPlanFile } from '../claude/permissions.ts'
import type { SdkMessage } from '../claude/sdk-types.ts'
import { renderInstructions } from '../instructions.ts'
import { type AcpConnection, openConnection } from './connection.ts'
import { answerElicitation, DECLINED } from './elicitation.ts'
import { FULL_WIDTH_NOTE, neutralise, restoreAttributes } from './inert.ts'
import { answerPermission, CANCELLED } from './permission.ts'
import { type PromptEnd, runPrompt } from './prompt.ts'
import { type AcpSession, openSession } from './session.ts'
import { createTurnUpdates, type TurnUpdates } from './updates.ts'
import { isInertClaudeCode } from './verbatim.ts'
import { parseCommand } from './words.ts'

export interface AcpAgentOptions {
  /** What starts the agent, as `--agent-command` has it: words, no shell. @throws BackchannelError `usage` for what is none */
  readonly command: string
  /** What starts a bridge, without the file: a runtime and the program. */
  readonly bridge: readonly string[]
  /** For the answer to `initialize`, in milliseconds. Default two minutes: `npx` may have to fetch the agent first. */
  readonly startTimeoutMs?: number
  /** How long an agent may take to stop when it is told to, in milliseconds. Default 10 000; then it is ended. */
  readonly cancelLimitMs?: number
}

const START_TIMEOUT_MS = 120_000
const CANCEL_LIMIT_MS = 10_000

/** What there is while the agent runs. */
interface Running {
  readonly context: AgentContext
  readonly connection: AcpConnection
  readonly bridge: Bridge
  session: AcpSession
  /** It has been told the instructions, where it takes them in a prompt alone. */
  told: boolean
  /** Nothing in a message is expanded by it. */
  readonly inert: boolean
}

export function createAcpAgent(given: AcpAgentOptions): Agent {
  const { bridge: bridgeCommand, startTimeoutMs = START_TIMEOUT_MS, cancelLimitMs = CANCEL_LIMIT_MS } = given
  const command = parseCommand(given.command)
  let running: Running | undefined
  let open: { readonly turn: AgentTurn; readonly updates: TurnUpdates } | undefined
  let contextTokens: number | undefined
  let commands: readonly unknown[] = []
  let starting: Promise<void> = Promise.resolve()
  const ending = new AbortController()

  const isOwn = (name: string) => running?.context.channelTools().some((tool) => tool.name === name) ?? false
  const isPlanning = () => running?.session.mode === 'plan'
  const handlers = {
    update(params: unknown) {
      const update = field(params, 'update')
      if (!isRecord(update)) return
      if (update['sessionUpdate'] === 'current_mode_update' && running)
        running.session.mode = String(update['currentModeId'])
      if (update['sessionUpdate'] === 'usage_update' && typeof update['used'] === 'number')
        contextTokens = update['used']
      if (update['sessionUpdate'] === 'available_commands_update' && Array.isArray(update['availableCommands']))
        commands = update['availableCommands'].map((command) => field(command, 'name'))
      // Of a session of earlier that tells all again there is nothing to show.
      if (field(params, 'sessionId') === running?.session.id) open?.updates.take(update)
    },
    sdkMessage(params: unknown) {
      const message = field(params, 'message')
      if (isRecord(message) && message['subtype'] === 'api_retry')
        running?.context.report(readRetry(message as unknown as SdkMessage, Date.now()))
    },
    async permission(params: unknown, signal: AbortSignal) {
      if (!open) return CANCELLED
      const { turn, updates } = open
      updates.flush()
      const isClaude = running?.connection.abilities.claudeCode ?? false
      return await answerPermission({
        params,
        signal,
        turn,
        calls: updates.calls,
        isOwn,
        isPlanFile: (name, input) =>
          isClaude && isPlanning() && isPlanFile(name, input, running?.context.options.env ?? {}),
        readsRefusals: isClaude,
      })
    },
    async elicitation(params: unknown, signal: AbortSignal) {
      return open ? await answerElicitation(params, signal, open.turn) : DECLINED
    },
  }
  const stop = async ({ connection, bridge }: Running) => {
    await Promise.all([connection.process.close(), bridge.close()])
  }
  const openSessionOf = (
    parts: Pick<Running, 'context' | 'connection' | 'bridge'>,
    resume: string | undefined,
    verbatim = true,
  ) => openSession({ ...parts, servers: parts.bridge.servers, bridgeCommand, resume, verbatim })

  const start = async (context: AgentContext): Promise<void> => {
    if (running) await stop(running)
    running = undefined
    const { cwd, options } = context
    const { signal } = ending
    const connection = await openConnection({ command, cwd, env: options.env, handlers, startTimeoutMs, signal })
    let bridge: Bridge | undefined
    try {
      bridge = await createBridge(() => context.channelTools())
      const parts = { context, connection, bridge }
      const inert = connection.abilities.claudeCode && (await isInertClaudeCode(options.env, context.report))
      const session = await openSessionOf(parts, options.resume)
      signal.throwIfAborted()
      const started: Running = { ...parts, session, told: !session.fresh, inert }
      running = started
      void connection.process.ended.then((how) => {
        if (running !== started || open || signal.aborted) return
        running = undefined
        void started.bridge.close()
        context.report({ kind: 'lost', reason: explainEnd(how, connection) })
      })
    } catch (thrown) {
      await Promise.all([connection.process.close(), bridge?.close()])
      throw thrown
    }
  }

  const run = async (turn: AgentTurn, signal: AbortSignal): Promise<void> => {
    const current = running
    if (!current) throw new BackchannelError('agent-lost', 'The agent does not run.')
    const { bridge, connection, session } = current
    if (await bridge.refresh()) await takeUpAgain(current)
    signal.throwIfAborted()
    const updates = createTurnUpdates(turn, isOwn)
    open = { turn, updates }
    bridge.setTurn(current.inert ? turn : restoring(turn))
    let end: PromptEnd
    try {
      end = await runPrompt({ connection, session, prompt: renderPrompt(current, turn), cancelLimitMs }, signal)
    } finally {
      updates.flush()
      bridge.setTurn(undefined)
      open = undefined
    }
    current.told = true
    if (end.kind === 'lost' && signal.aborted) {
      await lose(current, end.how)
      throw signal.reason
    }
    if (end.kind === 'lost') {
      running = undefined
      await stop(current)
      throw new BackchannelError('agent-lost', `The agent's process has ended: ${explainEnd(end.how, connection)}.`)
    }
    if (end.usage) current.context.report({ kind: 'usage', ...end.usage })
    if (end.kind === 'failed') throw end.error
    if (end.notice !== undefined) turn.say(end.notice)
  }

  /** Outside of a turn that could say so. */
  const lose = async (current: Running, how: string): Promise<void> => {
    running = undefined
    await stop(current)
    current.context.report({ kind: 'lost', reason: explainEnd(how, current.connection) })
  }

  /** A channel that is new since: the agent is given its server with a second look at the session, where it allows one. */
  const takeUpAgain = async (current: Running): Promise<void> => {
    const { abilities } = current.connection
    if (abilities.resume || abilities.load) {
      current.session = await openSessionOf(current, current.session.id)
      return
    }
    const text = `${abilities.name} takes new tools with a new session only: type /new to give it those of the new channel.`
    current.context.report({ kind: 'notice', level: 'warning', text })
  }

  return {
    name: 'acp',
    async start(context) {
      starting = start(context)
      await starting
    },
    run,
    async clear() {
      if (!running) return
      const { session, connection } = running
      running.session = await openSessionOf(running, undefined)
      running.told = false
      contextTokens = undefined
      if (connection.abilities.close)
        await connection.request('session/close', { sessionId: session.id }).catch(() => {})
    },
    async compact(signal) {
      const current = running
      if (!current) return
      const { connection, session } = current
      const { claudeCode, name } = connection.abilities
      if (!claudeCode && !commands.includes('compact'))
        throw new BackchannelError('agent-failed', `${name} has no command that compacts its conversation.`)
      let end: PromptEnd
      try {
        // A command of the host's own is one: for as long as it takes, what is written is not taken as it is.
        if (claudeCode) current.session = await openSessionOf(current, session.id, false)
        const prompt = [{ type: 'text', text: '/compact' }]
        end = await runPrompt({ connection, session: current.session, prompt, cancelLimitMs }, signal)
        if (claudeCode && end.kind !== 'lost') current.session = await openSessionOf(current, session.id)
      } catch (thrown) {
        // No message may reach a session that would expand it.
        end = { kind: 'lost', how: `could not take up its session again (${toError(thrown).message})` }
      }
      if (end.kind === 'lost') await lose(current, end.how)
      if (end.kind === 'failed') throw end.error
    },
    async status() {
      const doing = open?.updates.calls.doing
      return {
        ...(doing === undefined ? {} : { doing }),
        ...(contextTokens === undefined ? {} : { contextTokens }),
      }
    },
    async close() {
      ending.abort(new BackchannelError('closed', 'The session has ended.'))
      await starting.catch(() => {})
      if (running) await stop(running)
    },
  }
}

function field(value: unknown, key: string): unknown {
  return isRecord(value) ? value[key] : undefined
}

function explainEnd(how: string, { process: { lastWords } }: AcpConnection): string {
  // Who was killed had no time for any.
  if (lastWords === undefined || how.startsWith('was killed')) return how
  return `${how}; its last words: ${lastWords.slice(0, 300)}`
}

/** The instructions of the channels go before the first message, where an agent has no other place for them. */
function renderPrompt({ told, inert, connection, context }: Running, { input, events }: AgentTurn): readonly object[] {
  const text = inert || events.length === 0 ? input : neutralise(input)
  if (told || connection.abilities.claudeCode) return [{ type: 'text', text }]
  const instructions = [renderInstructions(context.instructions()), inert ? '' : FULL_WIDTH_NOTE]
    .filter((part) => part !== '')
    .join('\n\n')
  return [instructions, text].filter((part) => part !== '').map((part) => ({ type: 'text', text: part }))
}

function restoring(turn: AgentTurn): AgentTurn {
  return { ...turn, callTool: (name, input) => turn.callTool(name, restoreAttributes(input, turn.events)) }
}
