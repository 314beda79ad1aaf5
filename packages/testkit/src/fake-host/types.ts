/** The fake host as a test sees it. */
import type { WaitOptions } from '../wait.ts'
import type { Exit } from './child.ts'
import type { RpcAnswer } from './messages.ts'

export interface FakeHostOptions {
  /** The channel's command, without a shell. */
  readonly command: string
  readonly args?: readonly string[]
  /** Default: a temporary folder that is also the channel's `HOME`. */
  readonly cwd?: string
  /**
   * Laid over a minimal environment (`PATH`, locale, temporary folders, and a temporary `HOME` and
   * `CLAUDE_CONFIG_DIR`); `undefined` takes a variable away.
   */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Client capabilities; default `{}`, a stock host. See `backchannelCapabilities`. */
  readonly capabilities?: object
  /** Default `2025-11-25`. */
  readonly protocolVersion?: string
  /** `clientInfo.name`; default `fake-host`. */
  readonly clientName?: string
  /** Send `initialize` and `notifications/initialized` at the start. Default `true`. */
  readonly handshake?: boolean
  /** After the handshake, tell the channel that it is registered (`true`), or what is given here. Default: say nothing. */
  readonly register?: boolean | RegistrationNotice
  /** Deadline of everything that is waited for, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number
}

export interface RegistrationNotice {
  readonly state: 'registered' | 'refused'
  readonly reason?: string
  /** Default: the name the server gave itself. */
  readonly source?: string
}

/** The params of one event as they came; nothing has checked them. */
export interface ReceivedEvent {
  readonly content: string
  readonly meta?: Readonly<Record<string, string>>
  readonly event_id?: string
  readonly [key: string]: unknown
}

export interface ReceivedNotification {
  readonly method: string
  readonly params: unknown
}

export interface InitializeResult {
  readonly protocolVersion: string
  readonly capabilities: Readonly<Record<string, unknown>>
  readonly serverInfo: { readonly name: string; readonly version: string }
  readonly instructions?: string
}

export interface ListedTool {
  readonly name: string
  readonly description?: string
  readonly inputSchema: Readonly<Record<string, unknown>>
}

export interface ToolResult {
  readonly content: readonly { readonly type: string; readonly text?: string }[]
  readonly isError?: boolean
}

export interface FakeHost extends AsyncDisposable {
  readonly pid: number
  /** The environment the channel got. */
  readonly environment: Readonly<Record<string, string>>
  /** The channel's temporary home, deleted by {@link close}. */
  readonly home: string

  /** What the channel answered to `initialize`. @throws Error before that. */
  readonly initializeResult: InitializeResult
  readonly serverCapabilities: Readonly<Record<string, unknown>>
  readonly instructions: string | undefined
  /** The handshake in steps, for `handshake: false`. */
  initialize(options?: { readonly protocolVersion?: string }): Promise<InitializeResult>
  initialized(): void

  /** Params of every `notifications/claude/channel` in order, where they are an object. */
  readonly events: readonly ReceivedEvent[]
  /** The next event that matches and that no earlier call has returned. @throws DeadlineError, or Error if the channel ends. */
  nextEvent(matches?: (event: ReceivedEvent) => boolean, options?: WaitOptions): Promise<ReceivedEvent>
  /** Every notification in order, the events among them. */
  readonly notifications: readonly ReceivedNotification[]
  nextNotification(method: string, options?: WaitOptions): Promise<ReceivedNotification>
  /** Requests of the channel in order; `ping` is answered with `{}`, all others with error -32601. */
  readonly requests: readonly ReceivedNotification[]

  listTools(): Promise<readonly ListedTool[]>
  callTool(name: string, input?: object, options?: WaitOptions): Promise<ToolResult>
  /** Resolves with the result. @throws RpcError for an error answer, DeadlineError, or Error if the channel ends. */
  request(method: string, params?: unknown, options?: WaitOptions): Promise<unknown>
  notify(method: string, params?: unknown): void
  /** The next answer that belongs to no open request, such as an error with id `null`. */
  nextUnaskedAnswer(options?: WaitOptions): Promise<RpcAnswer>
  /** Writes to the channel's stdin as it is; a line needs its newline. */
  writeRaw(bytes: string | Uint8Array): void

  /** Says what became of the registration; see {@link FakeHostOptions.register}. */
  register(source?: string): void
  refuse(reason: string, source?: string): void
  receipt(eventId: string, state: 'queued' | 'started' | 'completed' | 'failed' | 'dropped', reason?: string): void

  /** Every line of stdout, blank ones too, without its newline. */
  readonly stdoutLines: readonly string[]
  /** Those that are no JSON-RPC 2.0 object, an unterminated last one among them. */
  readonly strayLines: readonly string[]
  readonly stderr: string
  /** Waits until stderr matches, from its first character on. */
  waitForStderr(pattern: RegExp, options?: WaitOptions): Promise<RegExpExecArray>

  /** Stops reading the channel's stdout, so that its pipe fills. */
  pauseReading(): void
  resumeReading(): void
  /** Ends the channel's stdin: the session is over. */
  endInput(): void
  /** Closes the reading end of the channel's stdout, as a host that died would. */
  closeOutput(): void
  /** Sends a signal to the channel's process alone; default SIGTERM. */
  kill(signal?: NodeJS.Signals): void
  /** When the process ended, counted from the last `endInput`, `closeOutput` or `kill`. */
  readonly exit: Promise<Exit>
  /** {@link exit} with a deadline. */
  waitForExit(options?: WaitOptions): Promise<Exit>
  /** Ends the channel (stdin first, the whole process group after a second), and deletes its home. May be called again. */
  close(): Promise<void>
}
