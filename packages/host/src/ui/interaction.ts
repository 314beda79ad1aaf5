/** What a person at the terminal can do to a session, and what a session may ask of that person. */

/** What comes in from a terminal, a line of stream-json, or a signal. */
export type SessionInput =
  | { readonly type: 'prompt'; readonly text: string }
  /** A line that starts with `/`: `/help`, `/channels`, `/fakechat:access pair abc123`. */
  | {
      readonly type: 'command'
      readonly text: string
      /** For a command that asks for one; shown and kept nowhere. */
      readonly secret?: string | undefined
    }
  | {
      readonly type: 'permission'
      readonly request_id: string
      readonly behavior: 'allow' | 'deny'
      /** For the rest of the session, where it allows. Default: this call alone. */
      readonly scope?: 'session' | undefined
      /** What the agent is told with a denial. */
      readonly note?: string | undefined
    }
  | {
      readonly type: 'answer'
      readonly question_id: string
      /** Ids. */
      readonly choices: readonly string[]
      /** In own words. */
      readonly text?: string | undefined
    }
  | { readonly type: 'interrupt' }
  | { readonly type: 'end' }

/** Dialogs that only the operator's terminal can answer; they never relay (contract 4). */
export interface Dialogs {
  /** The first session in a project's folder, before any file of it is used. */
  confirmFolder(folder: FolderToConfirm, signal: AbortSignal): Promise<'trust' | 'exit'>
  /** The full-screen warning about development channels, listing `entries`. */
  confirmDevelopmentChannels(entries: readonly string[], signal: AbortSignal): Promise<'continue' | 'exit'>
  /** First use of a server of the project's `.mcp.json`. */
  confirmServer(server: ServerToConfirm, signal: AbortSignal): Promise<ServerConsent>
  /** Asks for a secret, which is not shown; absent where that cannot be. @returns `undefined` where none is given */
  askSecret?(question: string, signal: AbortSignal): Promise<string | undefined>
}

export interface FolderToConfirm {
  /** Where it really lies. */
  readonly path: string
  /** Files in it that a session uses: settings, servers. */
  readonly files: readonly string[]
}

export interface ServerToConfirm {
  readonly name: string
  /** The command line as it would be started. */
  readonly command: string
  /** The file that names it. */
  readonly file: string
}

/** Use this server; use it and every further one of this file; continue without it. */
export type ServerConsent = 'use' | 'use-all' | 'refuse'

/** A front end of a session: shows the stream, feeds input, answers dialogs. */
export interface FrontEnd {
  /** Absent where nobody can be asked (headless). */
  readonly dialogs?: Dialogs
  /** Resolves when the front end has put the terminal back as it was. Idempotent. */
  close(): Promise<void>
}
