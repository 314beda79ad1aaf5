/** What an author tells the hostile suite about a channel: how to send it anything at all. */
import type { ChannelDescriptor } from '../channel-contract/descriptor.ts'
import type { FakeHost } from '../fake-host/types.ts'

export interface HostileDescriptor
  extends Pick<ChannelDescriptor, 'name' | 'command' | 'runtimes' | 'quietUntilRegistered'> {
  /** Opens a way in, as a sender that the channel lets through; one is used for a whole run. */
  connect(host: FakeHost): Promise<HostileSender>
  /** Default: the text itself, as one event. A channel that cuts at line breaks or trims says what comes of it. */
  contents?(text: string): readonly string[]
}

export interface HostileSender {
  /**
   * Sends one message. Resolves with `accepted` once the channel has acknowledged it, or with `refused` and its words;
   * rejects where it gave no answer or its connection broke.
   */
  send(bytes: Uint8Array): Promise<HostileAnswer>
  close(): Promise<void> | void
}

export type HostileAnswer = { readonly kind: 'accepted' } | { readonly kind: 'refused'; readonly reason: string }
