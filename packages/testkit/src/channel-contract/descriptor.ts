/** What an author tells the contract suite about a channel. */
import type { FakeHost, ReceivedEvent } from '../fake-host/types.ts'
import type { Runtime } from '../runtime.ts'

export interface ChannelDescriptor {
  /** For the names of the tests. */
  readonly name: string
  /** How to start the channel. Asked anew for every process, so that each can have a port and a folder of its own. */
  command(runtime: Runtime): ChannelCommand | Promise<ChannelCommand>
  /** Default: Node and Bun. */
  readonly runtimes?: readonly Runtime[]
  /** `false` for a channel that deliberately has no instructions. */
  readonly instructions?: boolean
  /** Present for a channel with tools of its own. */
  readonly twoWay?: TwoWay
  /** True for a channel with a journal, which has the tool `check_messages`. */
  readonly journal?: boolean
  /**
   * Causes one real event from outside (an HTTP POST, a line over TCP) and resolves once the channel has acknowledged
   * it; rejects if the channel refused it. Without it, everything about events is skipped.
   */
  inject?(host: FakeHost): Promise<Injected>
  /** True while the channel has touched nothing outside: its port is closed, its files are absent. */
  quietUntilRegistered?(host: FakeHost): Promise<boolean>
}

export interface ChannelCommand {
  /** See `runtimeCommand`. */
  readonly command: string
  readonly args?: readonly string[]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
}

export interface TwoWay {
  /** The tool that answers. */
  readonly tool: string
  /** Its arguments for answering `event`. */
  arguments(event: ReceivedEvent): object
}

export interface Injected {
  readonly content: string
  /** All of the event's meta; a pattern for a value that can't be foretold. Not compared if absent. */
  readonly meta?: Readonly<Record<string, string | RegExp>>
  /** Resolves once the answer given with the reply tool has arrived outside. */
  readonly answered?: () => Promise<unknown>
}
