/**
 * One server of a session, for as long as the session lives: connected, admitted or refused, started again with
 * back-off when its process ends. A refused channel stays a plain MCP server: its tools work, its events drop.
 */
import {
  type AccessResult,
  BackchannelError,
  type ChannelCapabilities,
  type Entry,
  EXTENSION_METHODS,
  type Receipt,
  type RefusalReason,
  renderEntry,
  renderReceipt,
  renderRegistration,
  renderToolSegment,
  toError,
} from '@backchannel/protocol'
import type { ToolOutcome } from '../agents/agent.ts'
import { quote } from '../text/quote.ts'
import type { SessionEvent } from '../ui/events.ts'
import type { Admission } from './admission.ts'
import { type ApproverWatch, createApproverWatch } from './approver-watch.ts'
import { createBackOff } from './back-off.ts'
import { type Connection, connectServer, type ServerTool } from './connection.ts'
import { createEventIntake, type IntakePorts } from './event-intake.ts'
import type { OperatorWord } from './operator-word.ts'
import type { ServerCommand } from './process.ts'
import { createRelayLink, type RelayPorts } from './relay-link.ts'
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
  /** What is known of who may approve through it, where that outlives a plan. Absent: this channel's own. */
  readonly watch?: ApproverWatch
  /** Where its verdicts go; absent where nothing is ever asked. */
  readonly relay?: RelayPorts
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
  /** What the operator says to this channel; an answer that is not `ok` where it can't be said. */
  readonly operator: OperatorWord
  /**
   * Decides again, with the policy of now, whether it is let in. It goes on running either way; what has changed is told
   * to the session and to a channel with receipts.
   */
  reconsider(): void
  /** Starts again at once what is refused, waiting or running. */
  restart(): void
  /** Idempotent; resolves when the process and its children are gone. */
  close(): Promise<void>
}

/** Beside an event of the largest size, of which JSON escapes can make six times as many bytes. */
const LINE_SLACK_BYTES = 2 * 1024 * 1024

/** How one process of the server came to its end. */
interface Life {
  /** In words. */
  readonly reason: string
  /** From its admission on, in milliseconds. */
  readonly livedMs: number
  /** Set where it never came to its admission. */
  readonly failure?: RefusalReason
}

/** Starts the server at once. */
export function createChannel(plan: ServerPlan, ports: ChannelPorts): Channel {
  const entry = renderEntry(plan.entry)
  const closing = new AbortController()
  const settled = Promise.withResolvers<void>()
  const notices = createStderrNotices(plan.source, (level, message) => ports.emit({ type: 'notice', level, message }))
  const backOff = createBackOff()
  const intake = createEventIntake(plan.source, ports)
  const warn = (message: string) =>
    ports.emit({ type: 'notice', level: 'warning', message: `${plan.source}: ${message}` })
  const relay = ports.relay && createRelayLink(plan.source, ports.relay, warn)
  const watch = ports.watch ?? createApproverWatch()
  let state: ChannelState = { kind: 'starting' }
  let connection: Connection | undefined
  /** Of the process that runs. */
  let decided: Admission | undefined
  let wake = new AbortController()
  let asked = false
  let life: Promise<void> | undefined

  const connect = (): Promise<Connection> =>
    connectServer({
      ...plan.command,
      signal: closing.signal,
      startTimeoutMs: ports.startTimeoutMs,
      lineBytes: LINE_SLACK_BYTES + 6 * ports.limits.eventBytes,
      handlers: {
        contract: (method, params) => relay?.take(method, params) || intake.take(method, params),
        garbage: (sample) => intake.garbage(sample),
        tooLong: () => intake.tooLong(),
        stderr: (stream) => notices.read(stream),
        problem: warn,
      },
    })

  const ask = ({ capabilities, revision }: Connection) => ports.admit(plan, capabilities, revision)
  const decide = (opened: Connection, admission: Admission) => {
    decided = admission
    connection = opened
    if (admission.registered) {
      state = { kind: 'registered' }
      const capabilities = {
        permission: opened.capabilities.permission,
        tools: opened.tools.map(({ name }) => renderToolSegment(name)),
        extension: [...opened.features],
      }
      ports.emit({ type: 'channel.registered', entry, source: plan.source, capabilities })
    } else if (!opened.capabilities.channel && !plan.named) {
      state = { kind: 'plain' }
    } else {
      refuse(admission.reason, admission.message)
    }
    const receipts = opened.features.has('receipts')
    if (receipts) announce(opened, admission)
    intake.connected({ registered: admission.registered, receipt: receipts ? receipt : undefined })
    void relayTo(opened, admission.registered)
  }
  /** Asked only of a channel that could answer; a first process is taken at once. */
  const relayTo = async (opened: Connection, registered: boolean): Promise<void> => {
    const { capabilities, features } = opened
    const answers = capabilities.permission || features.has('questions') || features.has('control')
    const isWatched = registered && answers && features.has('access')
    const checked = !isWatched || watch.check(() => opened.operator.access(['status']))
    if (checked === true || (await checked)) {
      if (connection === opened) relay?.connected(opened, registered)
    } else if (connection === opened) {
      warn(
        `${watch.late ? 'it came while the agent was at work, so its list of who may approve is not taken at its word, and' : 'who may approve there was changed while it was down, and not by your word, so'} its verdicts don't count. /${plan.source}:access status shows the list; /channels restart ${plan.source} accepts it.`,
      )
    }
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
  const receipt = (value: Receipt) => {
    intake.note(value)
    if (connection?.features.has('receipts')) connection.notify(EXTENSION_METHODS.receipt, renderReceipt(value))
  }
  const withLastWords = (reason: string) =>
    notices.last === undefined ? reason : `${reason}; its last words: ${notices.last}`
  /** What it said itself is worth more than our advice, so it comes first. */
  const explain = (thrown: unknown): string => {
    const hint = BackchannelError.is(thrown) ? thrown.hint : undefined
    const said = notices.last === undefined ? undefined : `Its last words: ${quote(notices.last, 300)}.`
    return [toError(thrown).message, said, hint].filter((part) => part !== undefined).join(' ')
  }

  /** One process, from its start to its end. Never rejects. */
  const runOnce = async (): Promise<Life> => {
    let opened: Connection | undefined
    try {
      opened = await connect()
      closing.signal.throwIfAborted()
      decide(opened, ask(opened))
    } catch (thrown) {
      await opened?.close()
      const isEra = BackchannelError.is(thrown) && thrown.code === 'protocol-era'
      const failure = isEra ? 'protocol-era' : 'failed-to-start'
      return { reason: explain(thrown), livedMs: 0, failure }
    } finally {
      settled.resolve()
    }
    const admittedAt = performance.now()
    const ended = await opened.ended
    return { reason: withLastWords(ended), livedMs: performance.now() - admittedAt }
  }
  const live = async (): Promise<void> => {
    for (let first = true; ; first = false) {
      if (first) state = { kind: 'starting' }
      const { reason, livedMs, failure } = await runOnce()
      connection = undefined
      intake.disconnected()
      relay?.disconnected()
      if (closing.signal.aborted) return
      if (first && failure !== undefined) return refuse(failure, reason)
      const told = asked ? 'restarted on request' : reason
      state = { kind: 'restarting', reason: told }
      ports.emit({ type: 'channel.closed', entry, reason: told, restarting: true })
      const wait = backOff.next(livedMs)
      const signal = AbortSignal.any([closing.signal, wake.signal])
      if (!asked) await backOff.wait(wait, signal).catch(() => {})
      if (closing.signal.aborted) return
      asked = false
    }
  }
  const say = async (word: (operator: OperatorWord) => Promise<AccessResult>): Promise<AccessResult> => {
    if (!connection) return { ok: false, text: `${plan.source} is not running just now (${state.kind}).` }
    if (connection.features.has('access')) {
      const result = await word(connection.operator)
      watch.said(result)
      return result
    }
    return { ok: false, text: `${plan.source} does not take the operator's word from a session.` }
  }
  const start = () => {
    life = live().finally(() => {
      life = undefined
    })
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
    reconsider() {
      if (connection === undefined) return
      const admission = ask(connection)
      const isNews = admission.registered !== decided?.registered || reasonOf(admission) !== reasonOf(decided)
      if (isNews) decide(connection, admission)
      else if (state.kind === 'refused' && !admission.registered) state = { ...state, message: admission.message }
    },
    operator: {
      access: (args) => say((operator) => operator.access(args)),
      configure: (request) => say((operator) => operator.configure(request)),
      async complete(request) {
        return connection?.features.has('access') ? connection.operator.complete(request) : []
      },
    },
    restart() {
      if (closing.signal.aborted) return
      if (life === undefined) return start()
      watch.accept()
      if (connection) {
        asked = true
        void connection.close()
      }
      wake.abort()
      wake = new AbortController()
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

function reasonOf(admission: Admission | undefined): RefusalReason | undefined {
  return admission?.registered === false ? admission.reason : undefined
}
