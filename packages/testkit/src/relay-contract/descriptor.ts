/** What an author tells the relay suite about a channel that takes permission prompts to people. */
import type { ChannelCommand } from '../channel-contract/descriptor.ts'
import type { FakeHost } from '../fake-host/types.ts'
import type { Runtime } from '../runtime.ts'

/** `ours` speaks the extension; `stock` is a plain Claude Code. */
export type HostKind = 'ours' | 'stock'

export interface RelayDescriptor {
  /** For the names of the tests. */
  readonly name: string
  /** How to start the channel, with state of its own for every process. */
  command(runtime: Runtime, kind: HostKind): ChannelCommand | Promise<ChannelCommand>
  /** Default: Node and Bun. */
  readonly runtimes?: readonly Runtime[]
  /** Default: both. */
  readonly kinds?: readonly HostKind[]
  /** The people around a channel that was just started and registered; makes the owner an approver, by pairing if need be. */
  people(host: FakeHost, kind: HostKind): Promise<People>
  /** Open requests at a time; default 200. Fewer where answers are typed, of which a sender may write so many a minute. */
  readonly mostOpen?: number
  /** The channel's state directory, for the check that a script can't make itself an approver there. */
  directory?(host: FakeHost): string
}

export interface People {
  /** The first approver, in a direct chat. */
  readonly owner: Person
  /** Anyone else who can write; in a chat of their own, or in a group. */
  readonly stranger: Person
  /** A second approver, in a direct chat of their own. */
  readonly other?: Person
}

/** Each function resolves once the channel has taken in what was done. */
export interface Person {
  /** The chat's id, as the channel gives it in `chat_id`. */
  readonly chat: string
  /** Types a text; absent for a channel where nobody types verdicts. */
  type?(text: string, options?: Elsewhere): Promise<unknown>
  /** Presses a button of the prompt, or sends what the button would send; absent for a channel without buttons. */
  press?(requestId: string, behavior: 'allow' | 'deny', options?: Elsewhere): Promise<unknown>
  /** Takes these choices of a question, by their numbers, with its buttons; absent for a channel without buttons. */
  choose?(questionId: string, numbers: readonly number[], options?: Elsewhere): Promise<unknown>
  /** Stops the running turn; absent for a channel without a way to. */
  interrupt?(): Promise<unknown>
  /** All that the chat shows now, as text. */
  shown(): Promise<string>
}

export interface Elsewhere {
  /** In this chat in place of the person's own, where the platform lets one. */
  readonly chat?: string
}
