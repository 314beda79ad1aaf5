/** What the stand-in for the Messages API is told to answer, and what it keeps of each request. */

/** One block of an answer: words, or a call of a tool that the request has offered. */
export type ReplyBlock =
  | { readonly text: string }
  | { readonly tool: string; readonly input: Readonly<Record<string, unknown>> }

/** An answer of the model. */
export interface ModelReply {
  readonly blocks: readonly ReplyBlock[]
  /** Default: `tool_use` with a tool among the blocks, else `end_turn`. */
  readonly stopReason?: 'end_turn' | 'tool_use' | 'max_tokens' | 'refusal'
  /**
   * Breaks a stream after its first block: `cut` closes the connection, an error is sent as the wire's `error` event.
   * Without a stream either is an answer of status 529.
   */
  readonly breaks?: 'cut' | ApiError
}

/** A refusal, as the wire has it. */
export interface ApiError {
  readonly status: number
  /** `rate_limit_error`, `overloaded_error`, `authentication_error`, … */
  readonly type: string
  readonly message: string
  readonly headers?: Readonly<Record<string, string>>
}

export type Reply = ModelReply | { readonly error: ApiError } | string

/** A reply that depends on the request, or on what happens meanwhile; what it throws becomes an `api_error`, and is told. */
export type ReplyTurn = Reply | ((request: MessagesRequest) => Reply | Promise<Reply>)

/** A request for a message that was understood. */
export interface MessagesRequest {
  readonly number: number
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly model: string
  readonly stream: boolean
  readonly system: string
  readonly messages: readonly Message[]
  /** Names of the tools offered. */
  readonly tools: readonly string[]
  /** The texts of the tool results in the last user message, in order; one text each. */
  readonly toolResults: readonly ToolResultBlock[]
  /** The body as it came. */
  readonly body: Readonly<Record<string, unknown>>
}

export interface Message {
  readonly role: string
  readonly content: readonly Readonly<Record<string, unknown>>[]
}

export interface ToolResultBlock {
  readonly toolUseId: string
  readonly text: string
  readonly isError: boolean
}

/** Anything that came, understood or not. */
export interface ApiCall {
  readonly method: string
  readonly path: string
  /** The status it was answered with; 0 while it is open or where the connection was cut. */
  readonly status: number
}

export interface MessagesApiOptions {
  /** The key that is accepted, as `x-api-key` or as a bearer; default: a dummy. */
  readonly apiKey?: string
  /** Which requests take the next turn of the script; default: those that offer tools. Others are answered `ok`. */
  readonly isScripted?: (request: MessagesRequest) => boolean
}

export interface MessagesApi extends AsyncDisposable {
  /** For `ANTHROPIC_BASE_URL`. */
  readonly url: string
  readonly apiKey: string
  /** Adds turns to the script; a scripted request takes the first that is left, and finds an error where none is. */
  script(...turns: readonly ReplyTurn[]): void
  /** Turns that nobody has asked for yet. */
  readonly turnsLeft: number
  /** The scripted requests, in order. */
  readonly requests: readonly MessagesRequest[]
  readonly calls: readonly ApiCall[]
  /** What turns of the script threw. */
  readonly problems: readonly Error[]
  /** Ends open answers and the server. Idempotent. */
  close(): Promise<void>
}
