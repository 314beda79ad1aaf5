/** What the kit asks of a platform: small calls, each with a signal, each failing with a {@link PlatformError} or not at all. */
import type { Place } from '../../access/gate.ts'
import type { Attachment, ButtonPress, HistoryMessage } from './inbound.ts'
import type { RichText } from './rich-text.ts'

export interface Connection {
  /**
   * What stands for the account, where that is known with nobody asked: the id of a bot, never a secret. Processes with it
   * have one holder between them, whatever their state folders are.
   */
  readonly account?: string
  /** Who we are there; `undefined` until the platform has said so for the first time. */
  me(): Account | undefined
  /**
   * Begins to receive, as the one holder of the account; called once at most, and never on a standby. Returns at once:
   * how it goes is told by `health`. A loss of the network is got over without end; a conflict, where another program
   * receives for the same account, for a bounded time, and then told.
   */
  listen(): void
  /**
   * What the outbound gate looks at for a chat: with whom a direct chat is, which group a thread belongs to.
   * @returns undefined for a chat that the platform does not know
   */
  place(chatId: string, signal: AbortSignal): Promise<Place | undefined>
  /**
   * Sends one message: what is in it has been cut to the limits. Never tries again by itself, or a lost answer would
   * become a second message that nobody labels: the kit does that by the kind of the error.
   */
  send(message: OutgoingMessage, signal: AbortSignal): Promise<SentMessage>
  /** Gives one of our messages another text and other buttons; absent buttons are taken away. */
  edit(target: MessageTarget, change: MessageChange, signal: AbortSignal): Promise<void>
  /** Sets our one reaction to a message; `undefined` takes it away. */
  react(target: MessageTarget, emoji: string | undefined, signal: AbortSignal): Promise<void>
  /** Shows that we write, for {@link PlatformLimits.typingMs}. */
  typing(target: ChatTarget, signal: AbortSignal): Promise<void>
  /** Opens a file of a message. The kit bounds its size and time, and writes it. */
  download(file: FileReference, signal: AbortSignal): Promise<Download>
  /** The files of a message, where the platform lets one look again (Discord); absent elsewhere. */
  attachments?(target: MessageTarget, signal: AbortSignal): Promise<readonly Attachment[]>
  /** The last messages of a chat, oldest first, where {@link PlatformLimits.history} says that there is such a thing. */
  history?(chatId: string, limit: number, signal: AbortSignal): Promise<readonly HistoryMessage[]>
  /**
   * Where the id of a person is not the id of the direct chat with them: that chat for such an id, and any other id as it
   * is. An approver of whom nothing but the id is known is asked there.
   */
  resolveChat?(id: string, signal: AbortSignal): Promise<string>
  /** A word to the one who pressed, seen by nobody else; without a text it only ends the button's waiting. */
  answerPress(press: ButtonPress, text: string | undefined, signal: AbortSignal): Promise<void>
  /** Ends it, confirming to the platform what was received. Idempotent; within half a second. */
  close(): Promise<void>
}

export interface Account {
  readonly id: string
  /** Fit to be shown. */
  readonly name: string
  /** Without `@`. */
  readonly handle?: string
}

export interface ChatTarget {
  readonly chatId: string
  /** A topic within the chat, where the platform has those. */
  readonly threadId?: string
}

export interface MessageTarget extends ChatTarget {
  readonly messageId: string
}

export interface OutgoingMessage extends ChatTarget {
  /** Unique to this message, and the same again when it is tried again: for platforms that recognise a repeat. */
  readonly key: string
  /** Empty for a message that is its files alone. */
  readonly text: RichText
  /** Files of this message; at most {@link FilesOut.perMessage}. */
  readonly files: readonly OutgoingFile[]
  /** The message it answers; where that is gone it is sent without. */
  readonly replyTo?: string
  /** Rows of buttons. */
  readonly buttons?: readonly (readonly Button[])[]
}

export interface MessageChange {
  readonly text: RichText
  readonly buttons?: readonly (readonly Button[])[]
}

export interface Button {
  readonly label: string
  /** Comes back with a press. */
  readonly data: string
}

/** A file that the kit holds open: it is what was looked at, whatever becomes of its name meanwhile. */
export interface OutgoingFile {
  /** Without any folder. */
  readonly name: string
  /** In bytes. */
  readonly size: number
  readonly mime: string
  /** Its bytes from the start, exactly {@link size} of them; may be asked for again. */
  read(): AsyncIterable<Uint8Array>
}

export interface SentMessage {
  /** Usually one; none where the platform does not say. */
  readonly messageIds: readonly string[]
}

/** What a file is fetched by: its own id, or the message it hangs on. */
export interface FileReference {
  readonly fileId: string
  readonly chatId?: string
  readonly messageId?: string
}

export interface Download {
  readonly body: AsyncIterable<Uint8Array>
  /** As far as the platform says; none of it is believed. */
  readonly name?: string
  readonly mime?: string
  /** In bytes. */
  readonly size?: number
}
