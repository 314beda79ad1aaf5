/** What comes in from a platform: who wrote what, where, as the platform vouches for it. Nothing here is believed to be harmless. */

export interface InboundMessage {
  /**
   * Unique among all that ever comes for this account, and the same when it comes again: chat and message id, and for an
   * edit its time. A repeat is stored and delivered once.
   */
  readonly deliveryId: string
  readonly chat: Chat
  /** A topic within the chat. */
  readonly threadId?: string
  /** Absent where the platform does not say, as for a post of a channel; such a message never gets in. */
  readonly sender?: Sender
  readonly id: string
  /** As written, or the caption; empty where there is none. */
  readonly text: string
  /**
   * What stands for a message without text: `(voice message)`, `(location: 52.5, 13.4)`. Default: `(attachment)` where
   * there is one, else nothing.
   */
  readonly placeholder?: string
  /** When it was written, or changed: milliseconds since 1970. */
  readonly ts: number
  readonly attachments: readonly Attachment[]
  readonly replyTo?: RepliedMessage
  /** Whose words these are, where they were passed on: a name to show, never an id to trust. */
  readonly forwardedFrom?: string
  /** True where the platform says that we are meant: our name, a reply to us. Not `@everyone`, not our role. */
  readonly mentionsMe: boolean
  /** True for a message that was changed after it was sent. */
  readonly edited: boolean
  /** Messages that the sender sent as one have the same; they become one event. */
  readonly albumId?: string
  /** More attributes for the agent, such as `latitude`; keys of letters, digits and `_`. Official keys are not replaced. */
  readonly meta?: Readonly<Record<string, string>>
}

export interface Chat {
  readonly id: string
  /** `channel`: a broadcast, in which nobody can be told apart. */
  readonly kind: 'direct' | 'group' | 'channel'
  readonly title?: string
  /** Of a thread that is a chat of its own: the group it belongs to. */
  readonly parentId?: string | undefined
}

export interface Sender {
  readonly id: string
  /** What they call themselves. */
  readonly name?: string
  /** Without `@`. */
  readonly handle?: string
  readonly isBot: boolean
  /** True where the platform shows that it is the owner of this machine, as in a chat with oneself. */
  readonly isOwner?: boolean
}

export interface Attachment {
  /** `photo` is fetched at once, and so is `voice` where it is transcribed; others when the agent asks. */
  readonly kind: string
  readonly fileId: string
  readonly name?: string
  readonly mime?: string
  /** In bytes. */
  readonly size?: number
}

export interface RepliedMessage {
  readonly messageId: string
  /** The quoted part, or the whole of it. */
  readonly text?: string
  /** Who had written it: a name to show. */
  readonly sender?: string
  /** True where it is one of ours. */
  readonly isMine?: boolean
}

export interface ButtonPress {
  /** The platform's id of this press, for the answer to it. */
  readonly id: string
  readonly chat: Chat
  readonly messageId: string
  readonly sender: Sender
  readonly data: string
}

export interface Reaction {
  readonly deliveryId: string
  readonly chat: Chat
  readonly threadId?: string
  readonly sender?: Sender
  readonly messageId: string
  /** All that they have on the message now; empty where they took it back. */
  readonly emoji: readonly string[]
  readonly ts: number
}

/** A command that the platform itself offers to people: `/status` without a message. */
export interface CommandCall {
  /** Without the slash. */
  readonly name: string
  /** What was given with it. */
  readonly argument?: string
  readonly chat: Chat
  readonly sender: Sender
}

/** A message that was written earlier, whenever that was and whoever wrote it. */
export interface HistoryMessage extends Omit<InboundMessage, 'deliveryId' | 'chat' | 'mentionsMe' | 'albumId'> {
  /** A thread that hangs on it. */
  readonly thread?: { readonly chatId: string; readonly title?: string; readonly messages?: number }
}

export interface MovedChat {
  readonly fromId: string
  readonly toId: string
}
