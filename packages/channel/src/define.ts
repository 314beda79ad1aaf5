/** What an author writes: a channel, its tools, and what it does once a session has registered it. */
import { BackchannelError, type Receipt } from '@backchannel/protocol'
import type { Access, AccessSettings } from './access/access.ts'
import type { ChannelCommand } from './commands/command.ts'
import type { ConfigureSettings } from './configure/settings.ts'
import type { Durability } from './journal/journal.ts'
import type { Memory } from './journal/memory.ts'
import type { Tasks } from './journal/tasks.ts'
import type { Log } from './log.ts'
import type { OpenRequest } from './relay/open-requests.ts'
import type { Relay, Resolution } from './relay/relay.ts'
import { CHECK_MESSAGES } from './tools/check-messages.ts'
import type { ObjectSchema, Value } from './tools/schema.ts'

/** One thing to push. `meta` keys match `[A-Za-z0-9_]+`; any other key is refused here, since a host would drop it. */
export interface OutgoingEvent {
  readonly content: string
  readonly meta?: Readonly<Record<string, string>>
  /** Makes the receipts of this event recognisable; default: a random id. Unique in the channel's life, not empty. */
  readonly eventId?: string
  /**
   * The source's own id of this delivery, where it has one. With a journal, the same id again stores and sends nothing:
   * `emit` then resolves with the first event and `duplicate: true`.
   */
  readonly deliveryId?: string
}

export interface Emitted {
  readonly eventId: string
  /** True where the journal had this event already. */
  readonly duplicate: boolean
}

/**
 * Hands an event to the host, in the order of the calls. With a journal it resolves once the event is stored: only then
 * tell its source that it was received. Without one it resolves once the line is in the pipe, and a killed process
 * loses what was in it. Neither is the agent yet: see `receipt`. A failure that nobody catches does not end the
 * channel, as other errors do; it is told on stderr.
 * @throws BackchannelError `event-too-large`, `arguments-invalid` (the content, a meta key or value, an event id in
 *   use), `not-registered`, `closed`; without a journal `outbox-full` (the host reads too slowly; try again later); with
 *   one `journal-unavailable` (disk full, not writable; tell the source to try again) or `journal-full`.
 */
export type Emit = (event: OutgoingEvent) => Promise<Emitted>

export interface ChannelContext {
  readonly emit: Emit
  /** Lines on stderr, which the host shows; stdout belongs to the protocol. */
  readonly log: Log
  /** Aborts when the session ends; pass it on to everything that waits. */
  readonly signal: AbortSignal
  /** The name the session gives the channel; its own name towards a host that does not say. */
  readonly source: string
  /** Whether the host reports what became of each event (contract 8). */
  readonly receipts: boolean
  /** Of a channel with `access`: codes to offer, and who may approve. */
  readonly access?: Access
  /** Of a channel with `relay`: verdicts in, and what is open. */
  readonly relay?: Relay
  /** Of a channel with a journal: work in hand that outlives this process. */
  readonly tasks?: Tasks
  /** Of a channel with a journal: small things that the next process has to know again. */
  readonly memory?: Memory
  /** Of a channel with a journal: takes over the events and tasks of sessions that have ended since this one began. */
  takeOver?(): void
}

export interface ToolContext {
  readonly log: Log
  /** Aborts when the host cancels the call or the session ends. */
  readonly signal: AbortSignal
}

/** A tool as it is served; made by {@link defineTool}. `run` gets arguments that passed `input`. */
export interface Tool {
  readonly name: string
  readonly description: string
  readonly input: ObjectSchema
  run(input: unknown, context: ToolContext): Promise<string> | string
}

export interface ToolDefinition<Input extends ObjectSchema> {
  readonly name: string
  /** For the agent: when to use it, what it returns. */
  readonly description: string
  /** JSON Schema of an object; checked before `run`, and the source of its argument's type. */
  readonly input: Input
  /** Returns the text the agent reads. Anything thrown becomes `NAME failed: MESSAGE`, marked as an error. */
  run(input: Value<Input>, context: ToolContext): Promise<string> | string
}

/** Ties a tool's arguments to its schema. */
export function defineTool<const Input extends ObjectSchema>(definition: ToolDefinition<Input>): Tool {
  return definition as unknown as Tool
}

export interface ChannelDefinition {
  /** The server's name: letters, digits, `_`, `-`. */
  readonly name: string
  readonly version: string
  /** Goes into the agent's system prompt: which events come, what their attributes mean, whether and how to reply. */
  readonly instructions: string
  /**
   * Keeps every event on disk until a session has completed it, and gives the agent the tool `check_messages`. Without it
   * events live in this process only.
   */
  readonly journal?: JournalSettings
  /** Two-way channels give the agent tools; a one-way channel has none of its own. */
  readonly tools?: readonly Tool[]
  /**
   * Called once, when a session has registered the channel: open ports and platform connections here, never earlier.
   * May return what undoes it; that is awaited when the session ends, for at most {@link STOP_LIMIT_MS}.
   */
  start(context: ChannelContext): Promise<Stop | undefined> | Stop | Promise<void> | void
  /**
   * Causes one event through the channel's own entrance, for the doctor's ping: it is called after `start`, and only in
   * a process that was started for that ping, with a scratch state directory.
   */
  probe?(context: ChannelContext): Promise<void>
  /** Who may write and who may approve; gives the operator `/NAME:access …`, and the program the command `access`. */
  readonly access?: AccessSettings
  /** Its settings and secrets, for `/NAME:configure` and the program's command `configure`; a channel with `access` has both anyway. */
  readonly configure?: ConfigureSettings
  /** Takes permission prompts to the approvers of `access`; declares `claude/channel/permission`. */
  readonly relay?: RelaySettings
  /** Commands of the channel's program beside `doctor`: `PROGRAM NAME ARGS…` runs one in place of serving. */
  readonly commands?: readonly ChannelCommand[]
  /** What became of an event, from a host with receipts. */
  receipt?(receipt: Receipt, context: ChannelContext): void
}

export interface RelaySettings {
  /** Asked once, at the handshake; `false` where no sender can be told from another, so that nothing is declared. */
  declared?(): boolean
  /** Shows a prompt in the chats it names, with the tool, the description **and** the input. */
  ask(request: OpenRequest, context: ChannelContext): Promise<void> | void
  /** Says in the same chats how it ended and who answered, and takes its buttons away; called once `ask` has settled. */
  resolve(request: OpenRequest, resolution: Resolution, context: ChannelContext): Promise<void> | void
}

export interface JournalSettings {
  /** The channel's state directory; made, with mode 0700, when the first session registers the channel. */
  readonly directory: string
  /**
   * What an acknowledged event survives: `process` (the default), a kill of this process; `power`, a power cut too, at
   * the price of one disk flush a group of events. `BACKCHANNEL_DURABILITY` overrides it.
   */
  readonly durability?: Durability
}

export type Stop = () => Promise<void> | void

/** A channel ends within one second of its session, whatever its `stop` does. */
export const STOP_LIMIT_MS = 700

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*$/

/**
 * Checks a definition once, before anything runs.
 * @throws BackchannelError `channel-invalid`
 */
export function defineChannel(definition: ChannelDefinition): ChannelDefinition {
  const problem = findProblem(definition)
  if (problem === undefined) return definition
  throw new BackchannelError('channel-invalid', `Channel "${definition.name}" can't be served: ${problem}.`)
}

function findProblem(definition: ChannelDefinition): string | undefined {
  const { name, version, instructions, tools = [], start } = definition
  if (!isName(name)) return `its name is "${name}", but ${NAME_RULE}`
  if (typeof version !== 'string') return 'its version is no string'
  if (typeof instructions !== 'string') return 'its instructions are no string'
  if (typeof start !== 'function') return 'it has no start function'
  // Whoever can answer can run tools.
  if (definition.relay && !definition.access) return 'it relays permission prompts and has no access settings'
  const seen = new Set<string>()
  for (const tool of tools) {
    if (!isName(tool.name)) return `a tool is named "${tool.name}", but ${NAME_RULE}`
    if (tool.name === CHECK_MESSAGES && definition.journal) {
      return `a tool is named "${CHECK_MESSAGES}", which every channel with a journal gets from the kit`
    }
    if (seen.has(tool.name)) return `two tools are named "${tool.name}"`
    if (tool.input?.type !== 'object') return `the input of the tool "${tool.name}" is no schema of type "object"`
    if (typeof tool.run !== 'function') return `the tool "${tool.name}" has no run function`
    seen.add(tool.name)
  }
  return undefined
}

const NAME_RULE = 'a name has letters, digits, "_" and "-" only'

function isName(name: unknown): boolean {
  return typeof name === 'string' && NAME.test(name)
}
