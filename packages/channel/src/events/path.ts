/** The way of a channel's events to its host; with a journal or without one, an author sees the same. */
import { BackchannelError, type Receipt } from '@backchannel/protocol'
import type { Emitted, OutgoingEvent } from '../define.ts'
import type { Memory } from '../journal/memory.ts'
import type { Tasks } from '../journal/tasks.ts'
import type { RequestId } from '../rpc/messages.ts'

export interface EventPath {
  emit(event: OutgoingEvent): Promise<Emitted>
  /** A session has registered the channel; until then `emit` rejects with `not-registered`. */
  open(options: { readonly receipts: boolean; readonly source: string }): void
  /** What the host says became of an event. */
  settle(receipt: Receipt): void
  /** The host's answer to a request of ours. */
  answered(id: RequestId): void
  /** The agent has called a tool with success. */
  called(tool: string): void
  /** Work in hand that outlives the process; of a path with a journal. */
  readonly tasks?: Tasks
  /** What the next process has to know again; of a path with a journal. */
  readonly memory?: Memory
  /** Takes over what processes that are gone have left since this one began; of a path with a journal. */
  takeOver?(): void
  /** Everything that waits here, and all that follows, rejects with `closed`; what is stored stays. Idempotent. */
  close(): Promise<void>
}

export function notRegistered(): BackchannelError {
  return new BackchannelError('not-registered', 'No session has registered this channel, so its events go nowhere.', {
    hint: 'Name the channel after --channels (or the development flag) when the session starts.',
  })
}

export function ended(): BackchannelError {
  return new BackchannelError('closed', 'The session has ended; the event was not sent.')
}
