/** What a platform takes, in numbers: the kit cuts, pages and refuses by these before anything is sent. */

export interface PlatformLimits {
  /** UTF-16 units of the text of one message; at least 200. */
  readonly textUnits: number
  /**
   * The form of text that {@link Connection.send} gets, made from the agent's Markdown.
   * - `entities`: plain text with spans beside it, as Telegram takes it.
   * - `markdown`: the Markdown itself, cut so that each piece is whole (a code block is closed and opened again).
   * - `plain`: the text as it reads without any markup.
   */
  readonly richText: 'entities' | 'markdown' | 'plain'
  readonly filesOut: FilesOut
  readonly filesIn: FilesIn
  /** Absent where a message has no buttons; prompts are then answered by typed words alone. */
  readonly buttons?: ButtonLimits
  /** Milliseconds for which one {@link Connection.typing} is seen; the kit repeats it. Absent where there is no such sign. */
  readonly typingMs?: number
  /** Whether messages of ours can be changed. */
  readonly edit: boolean
  /** Which reactions can be set: any emoji, the listed ones, or none. */
  readonly reactions: 'any' | 'none' | readonly string[]
  /** Whether a message can refer to an earlier one. */
  readonly replies: boolean
  /**
   * Whether a second {@link Connection.send} with the same `key` is known to be the same message and not sent twice; with
   * `forMs`, for so many milliseconds after the first one.
   */
  readonly deduplicates: boolean | { readonly forMs: number }
  /**
   * How a prompt is shown that is too long for one message: on pages to turn, or with all of it in a file as well.
   * Default `pages`.
   */
  readonly longPrompts?: 'pages' | 'pages-and-file'
  /** Absent where earlier messages can't be read. */
  readonly history?: HistoryLimits
}

/** The tool that reads earlier messages of a chat, by its official name and argument. */
export interface HistoryLimits {
  readonly tool: string
  /** The name of the argument that holds the chat. */
  readonly argument: string
  /** Messages at a time. */
  readonly most: number
  /** Where the agent names no number. */
  readonly usual: number
}

export interface FilesOut {
  /** Bytes of the largest file; 0 where none can be sent. */
  readonly maxBytes: number
  /** Files in one message; 1 where each is a message of its own. */
  readonly perMessage: number
  /** `own`: files follow the text as messages of their own. `first`: they hang on the first message of the text. */
  readonly placement: 'own' | 'first'
}

export interface FilesIn {
  /** Bytes of the largest file that can be fetched; 0 where none can. */
  readonly maxBytes: number
  /** What the tool `download_attachment` takes: the id of a file, or chat and id of a message, for all of its files. */
  readonly by: 'file' | 'message'
}

export interface ButtonLimits {
  /** Buttons in one row. */
  readonly perRow: number
  /** Bytes of UTF-8 that a button carries; at least 32. */
  readonly dataBytes: number
}
