/** What an author tells the platform suite about a chat channel: how to start it, and a fake of its platform to look into. */
import type { ChannelCommand } from '../channel-contract/descriptor.ts'
import type { ReceivedEvent } from '../fake-host/types.ts'
import type { Runtime } from '../runtime.ts'

export interface PlatformDescriptor {
  /** For the names of the tests. */
  readonly name: string
  /** Default: Node and Bun. */
  readonly runtimes?: readonly Runtime[]
  /** Starts a fake platform with nothing in it; it speaks the platform's own wire over loopback and keeps state. */
  start(): Promise<FakePlatform>
  /** The channel, set up for this fake, with its state in `directory`. */
  command(runtime: Runtime, fake: FakePlatform, directory: string): ChannelCommand | Promise<ChannelCommand>
  /** Who and what there is, by the platform's own ids. */
  readonly people: FakePeople
  /** What the platform takes; what it lacks is skipped, visibly. */
  readonly limits: FakeLimits
  /** Arguments for `download_attachment`, of any file that the fake has; absent where there is no such tool. */
  downloads?(event: ReceivedEvent): object
  /** UTF-16 units of one message: what the check of long answers counts by. */
  readonly textUnits: number
}

export interface FakeLimits {
  /** Whether the platform says under which id a message was sent. */
  readonly ids: boolean
  readonly edit: boolean
  readonly react: boolean
  readonly buttons: boolean
  readonly typing: boolean
  readonly files: boolean
  readonly albums: boolean
  /** Whether the fake can write a reply to a message of the channel. Default false. */
  readonly replies?: boolean
  /** Whether the platform knows a message that is sent again for the same one, so that there is one of it, without a label. */
  readonly deduplicates?: boolean
  /** Whether the platform says whose words were passed on; default true. */
  readonly forwards?: boolean
  /**
   * Whether what the owner writes in a group reaches the channel; default true. It does not where the channel has the owner's
   * own account: there they write to the others.
   */
  readonly ownerInGroups?: boolean
}

export interface FakePerson {
  /** The platform's id of the person. */
  readonly id: string
  /** The id of the direct chat with them. */
  readonly chat: string
}

export interface FakePeople {
  /** On the list, and the one approver. */
  readonly owner: FakePerson
  /** On the list as well. */
  readonly friend: FakePerson
  /** On no list. */
  readonly stranger: FakePerson
  /** On no list; another bot. */
  readonly bot: FakePerson
  /** The id of a group in which all of them are. */
  readonly group: string
}

/** What somebody does on the platform; each resolves once the platform has it, whether or not the channel knows yet. */
export interface FakePlatform {
  /** @returns the message's id */
  write(message: FakeWrite): Promise<string>
  edit(message: FakeWrite & { readonly id: string }): Promise<void>
  /** @returns the words that were shown to who pressed */
  press(press: FakePress): Promise<string | undefined>
  /** The messages of the channel in a chat, as the chat shows them now, oldest first. */
  sent(chat: string): readonly FakeSent[]
  /** The reactions of the channel to a message. */
  reactions(chat: string, messageId: string): readonly string[]
  /** How often "is typing" was shown in a chat. */
  typed(chat: string): number
  /** Whether the channel has told the platform that it has this message, so that it will not come again. */
  isConfirmed(messageId: string): boolean
  /** Something goes wrong once, the next time it is asked for. */
  fail(fault: FakeFault): void
  /** Downloads of this file wait until the function that is returned is called. */
  holdDownload(file: string): () => void
  /** Processes that receive from it now. */
  receivers(): number
  /** How often a process wanted to receive while another one did. */
  conflicts(): number
  close(): Promise<void>
}

export interface FakeWrite {
  readonly chat: string
  readonly sender: FakePerson
  readonly text: string
  readonly isGroup?: boolean
  readonly mentions?: boolean
  readonly isBot?: boolean
  readonly forwardedFrom?: string
  /** The message of the channel that this one answers, where {@link FakeLimits.replies} says so. */
  readonly replyTo?: string
  /** A picture, by a name that the check chooses. */
  readonly photo?: string
  /** Messages with the same one are an album. */
  readonly album?: string
}

export interface FakePress {
  readonly chat: string
  readonly messageId: string
  readonly sender: FakePerson
  readonly data: string
}

export interface FakeSent {
  readonly id: string
  readonly text: string
  readonly files: readonly { readonly name: string; readonly size: number }[]
  readonly replyTo?: string
  /** What each button carries. */
  readonly buttons: readonly string[]
}

/**
 * - `lose-answer`: the next message is sent, and the connection breaks before the channel knows.
 * - `hang`: the next message is sent, and the answer does not come as long as the connection lasts.
 * - `throttle`: the next message to `chat` is refused with the platform's word to wait so long.
 * - `refuse`: the platform says no to the next message.
 * - `break-receiving`: the channel's connection for receiving breaks.
 */
export type FakeFault =
  | { readonly kind: 'lose-answer' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'throttle'; readonly chat: string; readonly waitMs: number }
  | { readonly kind: 'refuse' }
  | { readonly kind: 'break-receiving' }
