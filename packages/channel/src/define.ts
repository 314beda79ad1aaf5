/** What an author writes: a channel, its tools, and what it does once a session has registered it. */
import { BackchannelError, type Receipt } from '@backchannel/protocol'
import type { Log } from './log.ts'
import type { Schema, Value } from './tools/schema.ts'

/** One thing to push. `meta` keys match `[A-Za-z0-9_]+`; any other key is refused here, since a host would drop it. */
export interface OutgoingEvent {
  readonly content: string
  readonly meta?: Readonly<Record<string, string>>
  /** Makes the receipts of this event recognisable; default: a random id. Unique in the channel's life. */
  readonly eventId?: string
}

/**
 * Hands an event to the host, in the order of the calls. Resolves with its id once the line is in the pipe, which is
 * not yet the agent: see `receipt`.
 * @throws BackchannelError `not-registered`, `outbox-full` (the host reads too slowly; try again later),
 *   `event-too-large`, `arguments-invalid` (a meta key or value) or `closed`.
 */
export type Emit = (event: OutgoingEvent) => Promise<string>

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
  readonly input: Schema
  run(input: unknown, context: ToolContext): Promise<string> | string
}

export interface ToolDefinition<Input extends Schema> {
  readonly name: string
  /** For the agent: when to use it, what it returns. */
  readonly description: string
  /** JSON Schema of an object; checked before `run`, and the source of its argument's type. */
  readonly input: Input
  /** Returns the text the agent reads. Anything thrown becomes `NAME failed: MESSAGE`, marked as an error. */
  run(input: Value<Input>, context: ToolContext): Promise<string> | string
}

/** Ties a tool's arguments to its schema. */
export function defineTool<const Input extends Schema>(definition: ToolDefinition<Input>): Tool {
  return definition as unknown as Tool
}

export interface ChannelDefinition {
  /** The server's name: letters, digits, `_`, `-`. */
  readonly name: string
  readonly version: string
  /** Goes into the agent's system prompt: which events come, what their attributes mean, whether and how to reply. */
  readonly instructions: string
  /** Two-way channels give the agent tools; a one-way channel has none. */
  readonly tools?: readonly Tool[]
  /**
   * Called once, when a session has registered the channel: open ports and platform connections here, never earlier.
   * May return what undoes it; that is awaited when the session ends, for at most {@link STOP_LIMIT_MS}.
   */
  start(context: ChannelContext): Promise<Stop | undefined> | Stop | Promise<void> | void
  /** What became of an event, from a host with receipts. */
  receipt?(receipt: Receipt, context: ChannelContext): void
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
  if (!NAME.test(definition.name)) {
    throw invalid(`its name is "${definition.name}", but a name has letters, digits, "_" and "-" only`)
  }
  const seen = new Set<string>()
  for (const { name } of definition.tools ?? []) {
    if (!NAME.test(name)) throw invalid(`a tool is named "${name}", but a name has letters, digits, "_" and "-" only`)
    if (seen.has(name)) throw invalid(`two tools are named "${name}"`)
    seen.add(name)
  }
  return definition

  function invalid(problem: string): BackchannelError {
    return new BackchannelError('channel-invalid', `Channel "${definition.name}" can't be served: ${problem}.`)
  }
}
