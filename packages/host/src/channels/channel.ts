/**
 * One server of a session, for as long as the session lives: connected, admitted or refused, started again with
 * back-off when its process ends. A refused channel stays a plain MCP server: its tools work, its events drop.
 */
import {
  BackchannelError,
  type ChannelCapabilities,
  type Entry,
  EXTENSION_METHODS,
  type Receipt,
  type RefusalReason,
  renderEntry,
  renderError,
  renderReceipt,
  renderRegistration,
} from '@backchannel/protocol'
import type { ToolOutcome } from '../agents/agent.ts'
import type { SessionEvent } from '../ui/events.ts'
import type { Admission } from './admission.ts'
import { createBackOff } from './back-off.ts'
import { type Connection, connectServer, type ServerTool } from './connection.ts'
import { createEventIntake, type EventIntake, type IntakePorts } from './event-intake.ts'
import type { ServerCommand } from './process.ts'
import { createStderrNotices } from './stderr-notices.ts'

/** What a session plans for a server before it is started. */
export interface ServerPlan {
  /** As the user named it; `server:NAME` for a server of an MCP file that nobody named. */
  readonly entry: Entry
  /** True if an entry of this session names it: only then is a missing capability worth a word. */
  readonly named: boolean
  /** The name of the session for it: `fakechat`, `telegram#work`, `server:webhook`. */
  readonly source: string
  /** The key of the server in its MCP file; part of its tools' names. */
  readonly server: string
  readonly command: ServerCommand
}

export type ChannelState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'registered' }
  | { readonly kind: 'plain' }
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly message: string }
  | { readonly kind: 'restarting'; readonly reason: string }
  | { readonly kind: 'closed' }

export interface ChannelPorts extends IntakePorts {
  emit(event: SessionEvent): void
  /** Contract 4, for what the server declared. */
  admit(plan: ServerPlan, declared: ChannelCapabilities, revision: string): Admission
  readonly startTimeoutMs: number
}

export interface Channel {
  readonly plan: ServerPlan
  readonly state: ChannelState
  readonly tools: readonly ServerTool[]
  /** Instructions for the system prompt; empty unless connected. */
  readonly instructions: string
  readonly features: ReadonlySet<string>
  /** Resolves when the first attempt has ended, one way or the other. */
  readonly settled: Promise<void>
  callTool(name: string, input: unknown, signal: AbortSignal): Promise<ToolOutcome>
  /** Tells the channel what became of an event; nothing towards a server without receipts. */
  receipt(receipt: Receipt): void
  /** Starts again at once what is refused, waiting or running. */
  restart(): void
  /** Idempotent; resolves when the process and its children are gone. */
  close(): Promise<void>
}

/** Starts the server at once. */
export function createChannel(plan: ServerPlan, ports: ChannelPorts): Channel {
  const entry = renderEntry(plan.entry)
  const closing = new AbortController()
  const settled = Promise.withResolvers<void>()
  const notices = createStderrNotices(plan.source, (level, message) => ports.emit({ type: 'notice', level, message }))
  const backOff = createBackOff()
  let state: ChannelState = { kind: 'starting' }
  let connection: Connection | undefined
  const intake: EventIntake = createEventIntake(plan.source, ports)
  let wake = new AbortController()
  let life: Promise<void> = Promise.resolve()

  const connect = (): Promise<Connection> =>
    connectServer({
      ...plan.command,
      signal: closing.signal,
      startTimeoutMs: ports.startTimeoutMs,
      handlers: {
        contract: (method, params) => intake.take(method, params),
        garbage: (sample) => intake.garbage(sample),
        tooLong: () => intake.tooLong(),
        stderr: (stream) => notices.read(stream),
      },
    })

  const decide = (opened: Connection) => {
    connection = opened
    const admission = ports.admit(plan, opened.capabilities, opened.revision)
    const receipts = opened.features.has('receipts')
    if (admission.registered) {
      state = { kind: 'registered' }
      const capabilities = {
        permission: opened.capabilities.permission,
        tools: opened.tools.map(({ name }) => name),
        extension: [...opened.features],
      }
      ports.emit({ type: 'channel.registered', entry, source: plan.source, capabilities })
    } else if (!opened.capabilities.channel && !plan.named) {
      state = { kind: 'plain' }
    } else {
      refuse(admission.reason, admission.message)
    }
    if (receipts) announce(opened, admission)
    intake.connected({ registered: admission.registered, receipt: receipts ? receipt : undefined })
  }
  const announce = (opened: Connection, admission: Admission) => {
    const reason = admission.registered ? {} : { reason: admission.reason }
    const state = admission.registered ? 'registered' : 'refused'
    opened.notify(EXTENSION_METHODS.registration, renderRegistration({ state, source: plan.source, ...reason }))
  }
  const refuse = (reason: RefusalReason, message: string) => {
    state = { kind: 'refused', reason, message }
    ports.emit({ type: 'channel.refused', entry, reason, message })
  }
  const receipt = (value: Receipt) => connection?.notify(EXTENSION_METHODS.receipt, renderReceipt(value))

  const live = async (): Promise<void> => {
    for (let first = true; ; first = false) {
      const startedAt = performance.now()
      let ended: string
      try {
        const opened = await connect()
        decide(opened)
        settled.resolve()
        ended = await opened.ended
      } catch (thrown) {
        if (closing.signal.aborted) return
        const words = renderError(thrown)
        if (first) {
          refuse(
            BackchannelError.is(thrown) && thrown.code === 'protocol-era' ? 'protocol-era' : 'failed-to-start',
            `${words}${lastWords(notices.last)}`,
          )
          return
        }
        ended = words
      }
      connection = undefined
      intake.disconnected()
      if (closing.signal.aborted) return
      const reason = `${ended}${lastWords(notices.last)}`
      state = { kind: 'restarting', reason }
      ports.emit({ type: 'channel.closed', entry, reason, restarting: true })
      await backOff
        .wait(backOff.next(performance.now() - startedAt), AbortSignal.any([closing.signal, wake.signal]))
        .catch(() => {})
      if (closing.signal.aborted) return
    }
  }
  const start = () => {
    life = live().finally(() => settled.resolve())
  }
  start()

  return {
    plan,
    get state() {
      return state
    },
    get tools() {
      return connection?.tools ?? []
    },
    get instructions() {
      return connection?.instructions ?? ''
    },
    get features() {
      return connection?.features ?? new Set<string>()
    },
    settled: settled.promise,
    async callTool(name, input, signal) {
      if (connection) return connection.callTool(name, input, signal)
      return { ok: false, text: `${plan.source} is not running just now (${state.kind}); try again in a moment.` }
    },
    receipt,
    restart() {
      if (closing.signal.aborted) return
      wake.abort()
      wake = new AbortController()
      if (connection) void connection.close()
      else if (state.kind === 'refused') start()
    },
    async close() {
      if (!closing.signal.aborted) {
        closing.abort()
        state = { kind: 'closed' }
        await connection?.close()
      }
      await life
    },
  }
}

function lastWords(line: string | undefined): string {
  return line === undefined ? '' : `; its last words: ${line}`
}
