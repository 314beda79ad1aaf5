/**
 * What the page and the channel say to each other over the WebSocket. `msg`, `edit` and `{id, text}` are those of the
 * official fakechat, field by field; everything else is an addition that its page ignores.
 */
import type { ReceiptState } from '@backchannel/channel'

/** A WebSocket frame of a client may have this many bytes; a larger one closes the socket with 1009. */
export const FRAME_LIMIT: number = 1024 * 1024
export const FILE_LIMIT: number = 50 * 1024 * 1024
/** Files of one message. */
export const FILE_COUNT_LIMIT = 10

/** A file to download; `size` in bytes. */
export interface FileLink {
  readonly url: string
  readonly name: string
  readonly size: number
  readonly mime: string
  /** It was kept long enough and is not there any more. */
  readonly gone?: true
}

/** `sent` until the host tells more; the rest as in contract 8. */
export type MessageState = 'sent' | ReceiptState

/** A message as the channel keeps it. `ts` in milliseconds since 1970. */
export interface Message {
  readonly id: string
  readonly from: 'user' | 'assistant'
  readonly text: string
  readonly ts: number
  readonly replyTo?: string
  readonly files?: readonly FileLink[]
  readonly edited?: true
  /** Of a message from the user. */
  readonly state?: MessageState
  /** Why it is `failed` or `dropped`. */
  readonly reason?: string
}

/** What a client sends. The same id with the same content is another attempt of the same message. */
export interface ClientFrame {
  readonly id: string
  readonly text: string
}

/** Asks for the messages before the one of that id; `older` answers. */
export interface OlderRequest {
  readonly type: 'older'
  readonly before: string
}

/** Which browser the page runs in: its public key, and a signature of the greeting's challenge; both base64url. */
export interface IdentifyRequest {
  readonly type: 'identify'
  readonly key: string
  readonly signature: string
}

/** Asks for a code with which the operator makes this browser an approver; `pairing` answers. */
export interface PairRequest {
  readonly type: 'pair'
}

/** An answer to an open `permission`. */
export interface VerdictRequest {
  readonly type: 'verdict'
  readonly id: string
  readonly behavior: 'allow' | 'deny'
  /** For the rest of the session. Default: this call alone. */
  readonly scope?: 'session'
}

/** An answer to an open `question`. */
export interface AnswerRequest {
  readonly type: 'answer'
  readonly id: string
  /** Ids. */
  readonly choices: readonly string[]
  /** In own words. */
  readonly text?: string
}

/** Stops what the agent is doing. */
export interface InterruptRequest {
  readonly type: 'interrupt'
}

export type ClientRequest =
  | ClientFrame
  | OlderRequest
  | IdentifyRequest
  | PairRequest
  | VerdictRequest
  | AnswerRequest
  | InterruptRequest

/** Messages that a page gets at a time. */
export const PAGE_MESSAGES = 100

/** The first frame on each connection: what a page needs to start, or to catch up. */
export interface HelloFrame {
  readonly type: 'hello'
  /** Differs after a restart of the channel. */
  readonly run: string
  /** The name the session gives the channel. */
  readonly source: string
  /** Whether `state` frames will come. */
  readonly receipts: boolean
  /** The newest ones, oldest first. */
  readonly messages: readonly Message[]
  /** Whether there are older ones to ask for. */
  readonly older: boolean
  /** To be signed by a page that wants to approve; absent where nothing is asked here. */
  readonly challenge?: string
}

/** The messages before the one of `before`, oldest first, and whether there are still older ones. */
export interface OlderFrame {
  readonly type: 'older'
  readonly before: string
  readonly messages: readonly Message[]
  readonly older: boolean
}

/** Something is wrong that belongs to no message, until a frame without `message` says it is over. */
export interface ProblemFrame {
  readonly type: 'problem'
  readonly message?: string
}

/** The official frame: the first file in `file`, and here all of them in `files`. */
export interface AgentMessageFrame {
  readonly type: 'msg'
  readonly id: string
  readonly from: 'assistant'
  readonly text: string
  readonly ts: number
  readonly replyTo?: string
  readonly file?: FileLink
  readonly files?: readonly FileLink[]
}

export interface EditFrame {
  readonly type: 'edit'
  readonly id: string
  readonly text: string
}

/** A message that another tab or a script wrote. */
export interface UserMessageFrame {
  readonly type: 'user'
  readonly id: string
  readonly text: string
  readonly ts: number
  readonly files?: readonly FileLink[]
}

/** To the sender: the message is on its way to the session. `duplicate`: it was already, and is not sent twice. */
export interface SentFrame {
  readonly type: 'sent'
  readonly id: string
  readonly ts: number
  readonly duplicate?: true
}

/** What became of a user's message. */
export interface StateFrame {
  readonly type: 'state'
  readonly id: string
  readonly state: MessageState
  readonly reason?: string
}

/** Also the JSON body of a failed upload, without `type` and `id`. */
export interface ErrorFrame {
  readonly type: 'error'
  /** The message that it is about, where that could be read. */
  readonly id?: string
  /** A code of the error registry. */
  readonly error: string
  readonly message: string
  readonly hint?: string
}

/** Which browser the channel takes the page for, and whether it may approve. */
export interface IdentityFrame {
  readonly type: 'identity'
  readonly sender: string
  readonly approver: boolean
}

/** A code for the operator to type; `expiresAt` in milliseconds since 1970. */
export interface PairingFrame {
  readonly type: 'pairing'
  readonly code: string
  readonly expiresAt: number
}

/** To approvers alone: the agent wants to do something that needs an approval. */
export interface PermissionFrame {
  readonly type: 'permission'
  readonly id: string
  readonly tool: string
  readonly description: string
  /** The arguments, neutralised by the host. */
  readonly preview: string
}

/** How it ended, and who decided. */
export interface PermissionResolvedFrame {
  readonly type: 'permission-resolved'
  readonly id: string
  readonly outcome: 'allow' | 'deny' | 'expired' | 'cancelled'
  readonly by: string
}

/** To approvers alone: the agent asks something. */
export interface QuestionFrame {
  readonly type: 'question'
  readonly id: string
  /** May have several lines. */
  readonly text: string
  readonly choices: readonly { readonly id: string; readonly label: string }[]
  /** More than one may be taken. */
  readonly multiple: boolean
  /** An answer in own words counts. */
  readonly words: boolean
}

export interface QuestionResolvedFrame {
  readonly type: 'question-resolved'
  readonly id: string
  readonly outcome: 'answered' | 'expired' | 'cancelled'
  readonly by: string
  /** In words; empty where nobody answered, or the host does not say. */
  readonly answer: string
}

/** What the session says to a command such as `/status`; kept nowhere. */
export interface NoteFrame {
  readonly type: 'note'
  readonly text: string
}

export type ServerFrame =
  | IdentityFrame
  | PairingFrame
  | PermissionFrame
  | PermissionResolvedFrame
  | QuestionFrame
  | QuestionResolvedFrame
  | NoteFrame
  | HelloFrame
  | OlderFrame
  | ProblemFrame
  | AgentMessageFrame
  | EditFrame
  | UserMessageFrame
  | SentFrame
  | StateFrame
  | ErrorFrame
