/** One process of Claude Code and the conversation in it: turns go in one at a time, and what comes out is read. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { BackchannelError, toError } from '@backchannel/protocol'
import type { AgentContext, AgentStatus, AgentTurn } from '../agent.ts'
import { createChannelServers } from './channel-servers.ts'
import { type ConversationInput, createInput } from './input.ts'
import { claudeOptions, HOOK_TIMEOUT_S } from './options.ts'
import { createPermissions } from './permissions.ts'
import { lost } from './problems.ts'
import { type ClaudeProcess, startClaudeProcess } from './process.ts'
import { createReports } from './reports.ts'
import type { ClaudeSdk, SdkMessage } from './sdk-types.ts'
import { checkStart } from './start-check.ts'
import { createTurnReader, type TurnReader } from './turn-reader.ts'

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

/** A turn that does not stop when it is told to, several times, is ended with its process. */
const STOP_TRIES = 10
const STOP_AGAIN_MS = 500

/** @throws BackchannelError `agent-unavailable` */
export async function openConversation(options: ConversationOptions): Promise<Conversation> {
  const { context } = options
  const input = createInput()
  let running: { turn?: AgentTurn; reader: TurnReader } | undefined
  let processOf: ClaudeProcess | undefined
  let closing = false
  let hasStarted = false
  let over: string | undefined

  const turn = () => running?.turn
  const isChannelTool = (name: string) => context.channelTools().some((tool) => tool.name === name)
  const servers = createChannelServers({ tools: () => context.channelTools(), turn })
  const permissions = createPermissions({ turn, isChannelTool, env: context.options.env })
  const mcpServers = servers.current()

  const reports = createReports(context)
  const read = (message: SdkMessage) => {
    reports.read(message)
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

  const finish = async (
    push: ConversationInput['push'],
    { text, given, signal }: { text: string; given?: AgentTurn; signal: AbortSignal },
  ): Promise<void> => {
    signal.throwIfAborted()
    if (over !== undefined) throw lost(over)
    const uuid = randomUUID()
    const reader = createTurnReader({ uuid, isChannelTool, ...(given ? { turn: given } : {}) })
    running = { reader, ...(given ? { turn: given } : {}) }
    const rested = new AbortController()
    const begin = async () => {
      if (await servers.refresh()) await query.setMcpServers(servers.current())
      if (signal.aborted) reader.fail(toError(signal.reason))
      else push(text, uuid)
    }
    /** More than once: a word to stop can overtake the message that it is about. */
    const stop = async () => {
      reader.stopped()
      for (let tries = 0; tries < STOP_TRIES; tries += 1) {
        query.interrupt({ cancelQueued: true }).catch(() => {})
        await sleep(STOP_AGAIN_MS, undefined, { signal: rested.signal })
      }
      await processOf?.end()
    }
    const onAbort = () => void stop().catch(() => {})
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      begin().catch(async (thrown) => {
        // Where its process has ended, that is what is told.
        await Promise.race([pumping, sleep(STOP_AGAIN_MS)])
        reader.fail(toError(thrown))
      })
      await reader.done
      signal.throwIfAborted()
    } finally {
      rested.abort()
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
    await checkStart({ query, ended: pumping, lastWords: () => processOf?.lastWords() ?? '' })
    hasStarted = true
  } catch (thrown) {
    await close()
    throw thrown
  }
  return {
    run: (given, signal) => finish(input.push, { text: given.input, given, signal }),
    command: (text, signal) => finish(input.command, { text, signal }),
    status: () => reports.status,
    close,
  }
}
