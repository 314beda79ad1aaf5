/** One process of Claude Code and the conversation in it: turns go in one at a time, and what comes out is read. */
import { setTimeout as sleep } from 'node:timers/promises'
import { BackchannelError, isRecord, toError } from '@backchannel/protocol'
import type { AgentContext, AgentStatus, AgentTurn } from '../agent.ts'
import { createChannelServers } from './channel-servers.ts'
import { readLimit, readRetry } from './failures.ts'
import { createInput } from './input.ts'
import { claudeOptions, HOOK_TIMEOUT_S } from './options.ts'
import { createPermissions } from './permissions.ts'
import { lost, tooOld, unavailable } from './problems.ts'
import { type ClaudeProcess, startClaudeProcess } from './process.ts'
import type { ClaudeSdk, Query, SdkMessage } from './sdk-types.ts'
import { createTurnReader, type TurnReader } from './turn-reader.ts'
import { isNewEnough, readVersion } from './version.ts'

export interface ConversationOptions {
  readonly sdk: ClaudeSdk
  /** Absent: the SDK's own. */
  readonly program: string | undefined
  readonly context: AgentContext
  /** It has ended unasked while no turn ran; nothing of it runs any more. */
  lost(reason: string): void
}

export interface Conversation {
  run(turn: AgentTurn, signal: AbortSignal): Promise<void>
  /** A command of Claude Code. */
  command(text: string, signal: AbortSignal): Promise<void>
  status(): AgentStatus
  /** Nothing of it runs afterwards. Idempotent. */
  close(): Promise<void>
}

/** Until it has answered for the first time. */
const START_LIMIT_MS = 30_000
/** Between its refusal and its end. */
const END_LIMIT_MS = 3_000
/** A turn that does not stop when it is told to is ended with its process. */
const STOP_LIMIT_MS = 5_000

/** @throws BackchannelError `agent-unavailable` */
export async function openConversation(options: ConversationOptions): Promise<Conversation> {
  const { context } = options
  const input = createInput()
  let running: { turn?: AgentTurn; reader: TurnReader } | undefined
  let processOf: ClaudeProcess | undefined
  let closing = false
  let hasStarted = false
  let over: string | undefined
  const status: { model?: string; contextTokens?: number } = {}
  let sessionId: string | undefined

  const turn = () => running?.turn
  const isChannelTool = (name: string) => context.channelTools().some((tool) => tool.name === name)
  const servers = createChannelServers({ tools: () => context.channelTools(), turn })
  const permissions = createPermissions({ turn, isChannelTool, env: context.options.env })
  const mcpServers = servers.current()

  const read = (message: SdkMessage) => {
    if (message.type === 'system' && message.subtype === 'init') {
      if (typeof message['model'] === 'string') status.model = message['model']
      const id = message['session_id']
      if (typeof id === 'string' && id !== sessionId) {
        sessionId = id
        context.report({ kind: 'session', id })
      }
    }
    if (message.type === 'system' && message.subtype === 'api_retry') context.report(readRetry(message, Date.now()))
    if (message.type === 'rate_limit_event') {
      const limit = readLimit(message)
      if (limit) context.report(limit)
    }
    if (message.type === 'assistant' && message['parent_tool_use_id'] == null) {
      const { input: read } = tokensOf(isRecord(message['message']) ? message['message']['usage'] : undefined)
      if (read > 0) status.contextTokens = read
    }
    if (message.type === 'result') {
      const { input: read, output } = tokensOf(message['usage'])
      if (read + output > 0) context.report({ kind: 'usage', inputTokens: read, outputTokens: output })
    }
    running?.reader.read(message)
  }

  const query = options.sdk.query({
    prompt: input,
    options: {
      ...claudeOptions(context),
      mcpServers,
      ...(options.program === undefined ? {} : { pathToClaudeCodeExecutable: options.program }),
      canUseTool: permissions.canUseTool,
      hooks: { PreToolUse: [{ timeout: HOOK_TIMEOUT_S, hooks: [permissions.hook] }] },
      stderr: () => {},
      spawnClaudeCodeProcess({ command, args, cwd = context.cwd, env }) {
        processOf = startClaudeProcess({ command, args, cwd, env })
        return processOf.child
      },
    },
  })
  const pump = async (): Promise<string> => {
    let problem = ''
    try {
      for await (const message of query) read(message)
    } catch (thrown) {
      problem = toError(thrown).message
    }
    // What it started may live on in groups of its own.
    await processOf?.end()
    return (await processOf?.ended) ?? problem
  }
  const pumping = pump().then((how) => {
    over = how
    if (closing || !hasStarted) return
    if (running) running.reader.fail(lost(how))
    else options.lost(how)
  })

  const finish = async (push: () => string, given: AgentTurn | undefined, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted()
    if (over !== undefined) throw lost(over)
    if (await servers.refresh()) await query.setMcpServers(servers.current())
    const reader = createTurnReader({ uuid: push(), isChannelTool, ...(given ? { turn: given } : {}) })
    running = { reader, ...(given ? { turn: given } : {}) }
    const waited = new AbortController()
    const stop = async () => {
      reader.stopped()
      query.interrupt({ cancelQueued: true }).catch(() => {})
      const isLate = await sleep(STOP_LIMIT_MS, true, { signal: waited.signal }).catch(() => false)
      if (isLate) await processOf?.end()
    }
    const onAbort = () => void stop()
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      await reader.done
      signal.throwIfAborted()
    } finally {
      waited.abort()
      signal.removeEventListener('abort', onAbort)
      running = undefined
      permissions.forget()
    }
  }
  const close = async (): Promise<void> => {
    closing = true
    input.close()
    running?.reader.fail(new BackchannelError('closed', 'The agent was closed.'))
    await processOf?.end()
    query.close()
    await pumping
  }

  try {
    await checkStart(query, () => processOf, pumping)
    hasStarted = true
  } catch (thrown) {
    await close()
    throw thrown
  }
  return {
    run: (given, signal) => finish(() => input.push(given.input), given, signal),
    command: (text, signal) => finish(() => input.command(text), undefined, signal),
    status: () => status,
    close,
  }
}

async function checkStart(
  query: Query,
  processOf: () => ClaudeProcess | undefined,
  ended: Promise<void>,
): Promise<void> {
  const limit = new AbortController()
  const late = (ms: number, message: string): Promise<never> =>
    sleep(ms, undefined, { signal: limit.signal }).then(() => {
      throw unavailable(message)
    })
  const early = ended.then((): never => {
    const words = processOf()?.lastWords() ?? ''
    throw unavailable(`Claude Code ended at its start${words === '' ? '' : `: ${words.replace(/\.$/, '')}`}.`)
  })
  try {
    const silence = `it did not answer within ${START_LIMIT_MS / 1000} s`
    const answer = await Promise.race([
      // A refusal comes with the end of the process, which says more.
      query
        .initializationResult()
        .catch((thrown) => late(END_LIMIT_MS, `Claude Code refused: ${toError(thrown).message}`)),
      early,
      late(START_LIMIT_MS, `Claude Code was started, but ${silence}.`),
    ])
    const version = readVersion(String(answer['claude_code_version'] ?? ''))
    if (version !== undefined && !isNewEnough(version)) throw tooOld(version)
  } finally {
    // What lost the race fails in silence.
    early.catch(() => {})
    limit.abort()
  }
}

function tokensOf(usage: unknown): { input: number; output: number } {
  const of = (name: string) => {
    const value = isRecord(usage) ? usage[name] : undefined
    return typeof value === 'number' ? value : 0
  }
  const input = of('input_tokens') + of('cache_creation_input_tokens') + of('cache_read_input_tokens')
  return { input, output: of('output_tokens') }
}
