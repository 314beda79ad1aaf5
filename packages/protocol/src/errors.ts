/** The one error of the product: a code from one registry, what was tried, what came, and what to do next. */

/** Every code, with its meaning. `docs/errors.md` lists the same codes; a test compares both ways. */
export const ERROR_CODES: {
  readonly 'entry-invalid': string
  readonly 'arguments-invalid': string
  readonly 'channel-invalid': string
  readonly 'not-registered': string
  readonly 'outbox-full': string
  readonly 'event-too-large': string
  readonly closed: string
  readonly 'journal-unavailable': string
  readonly 'journal-full': string
  readonly 'hub-lost': string
  readonly 'hub-refused': string
  readonly 'hub-unsafe': string
  readonly 'port-in-use': string
  readonly 'port-invalid': string
  readonly 'listen-failed': string
  readonly 'state-unwritable': string
  readonly 'state-invalid': string
  readonly 'access-static': string
  readonly 'approver-unknown': string
  readonly 'file-unreadable': string
  readonly 'file-unwritable': string
  readonly 'file-too-large': string
  readonly 'file-refused': string
  readonly 'chat-refused': string
  readonly 'send-failed': string
  readonly 'upload-invalid': string
  readonly 'message-invalid': string
  readonly 'message-unknown': string
  readonly 'request-refused': string
  readonly 'request-invalid': string
  readonly 'signature-invalid': string
  readonly 'source-unknown': string
  readonly 'not-approver': string
  readonly 'not-open': string
  readonly 'rate-limited': string
  readonly 'template-failed': string
  readonly 'settings-invalid': string
  readonly 'mcp-config-invalid': string
  readonly 'plugin-not-found': string
  readonly 'plugin-invalid': string
  readonly 'plugin-disabled': string
  readonly 'plugin-too-large': string
  readonly 'plugin-option-invalid': string
  readonly 'plugins-busy': string
  readonly 'marketplace-not-found': string
  readonly 'marketplace-refused': string
  readonly 'fetch-failed': string
  readonly 'spawn-failed': string
  readonly 'handshake-failed': string
  readonly 'protocol-era': string
  readonly 'audit-unwritable': string
  readonly usage: string
  readonly 'agent-unavailable': string
  readonly 'agent-lost': string
  readonly 'agent-failed': string
  readonly 'resume-refused': string
  readonly internal: string
} = {
  'entry-invalid': 'A channel entry is neither plugin:NAME@MARKETPLACE nor server:NAME.',
  'arguments-invalid': 'A tool was called with arguments that its schema refuses.',
  'channel-invalid': 'A channel definition is incomplete or contradicts itself.',
  'not-registered': 'An event was emitted although no session has registered the channel.',
  'outbox-full': 'The host reads more slowly than events arrive, and the bounded outbox is full.',
  'event-too-large': 'An event is larger than a host takes.',
  closed: 'The channel or session has ended; nothing more can be sent through it.',
  'journal-unavailable': 'The journal of a channel cannot be written: a full disk, missing rights, a newer version.',
  'journal-full': 'The journal of a channel holds as many waiting events as it may.',
  'hub-lost': 'The session that holds an account is gone, and no other one has taken over yet.',
  'hub-refused':
    'A process at the local socket of a shared account has another version, or does not prove whose it is.',
  'hub-unsafe': 'The folder or socket of a shared account belongs to another user, or is open to others.',
  'port-in-use': 'Another process listens on the port that the channel needs.',
  'port-invalid': 'A port setting is not a whole number from 0 to 65535.',
  'listen-failed': 'A local server could not be started.',
  'state-unwritable': 'The state directory of a channel cannot be written.',
  'state-invalid': 'A state file of a channel is not JSON or holds a wrong value.',
  'access-static': 'Access to a channel is static in this process, so no command changes it.',
  'approver-unknown': 'Several senders may write to a channel, and no approver is named.',
  'file-unreadable': 'A file named in a tool call or a setting cannot be read.',
  'file-unwritable': 'A file named in a tool call cannot be written.',
  'file-too-large': 'A file or upload is larger than the channel takes.',
  'file-refused': 'A file named in a tool call is state of a channel, a key or a secret, so it is not sent.',
  'chat-refused': 'The operator has not let this chat in, so nothing is sent there.',
  'send-failed': 'A chat platform did not take a message, or not all of it.',
  'upload-invalid': 'An upload lacks a field or is not multipart form data.',
  'message-invalid': 'A chat message lacks a field, or has one of a wrong type or length.',
  'message-unknown': 'A message id names no message of the channel.',
  'request-refused': 'A local server refuses a request: a foreign page sent it, or too many clients listen.',
  'request-invalid': 'A local server was sent a method, path or body that it does not take.',
  'signature-invalid': 'A request does not prove that its sender knows a secret of the source.',
  'source-unknown': 'A request was sent to a path that no source has.',
  'not-approver': 'A verdict, a command, or a look at the requests, came from somebody who may not approve.',
  'not-open': 'A verdict came for a permission request that was never open, was answered, or has ended.',
  'rate-limited': 'A source sent more deliveries a minute than it may.',
  'template-failed': 'The template of a source could not make a text of a delivery.',
  'settings-invalid': 'A settings file cannot be read or holds a wrong value.',
  'mcp-config-invalid': 'An MCP server file cannot be read or holds a wrong value.',
  'plugin-not-found': 'No marketplace known here has the plugin.',
  'plugin-invalid': 'A plugin or marketplace manifest cannot be read or holds a wrong value.',
  'plugin-disabled': 'An installed plugin is switched off.',
  'plugin-too-large': 'A plugin or a marketplace holds more than is taken.',
  'plugin-option-invalid': 'A value that a plugin asks its user for is missing or of the wrong kind.',
  'plugins-busy': 'Another process is changing the plugins.',
  'marketplace-not-found': 'No marketplace of that name is known here.',
  'marketplace-refused': 'A marketplace has a name or a source that is not taken.',
  'fetch-failed': 'A repository could not be fetched.',
  'spawn-failed': 'The command of a server could not be started.',
  'handshake-failed': 'A server started, but did not complete the MCP handshake.',
  'protocol-era': 'A server answered with an MCP revision that cannot carry channel events.',
  'audit-unwritable': 'The audit trail of decisions cannot be written, so nothing is allowed.',
  usage: 'The command line holds something the command does not take.',
  'agent-unavailable': 'The chosen agent cannot run here.',
  'agent-lost': 'The process of the agent ended in the middle of a turn.',
  'agent-failed': 'The provider of the agent refused or failed, so the turn could not be completed.',
  'resume-refused': 'The conversation to go on with is unknown, or another process goes on with it.',
  internal: 'A fault of the product itself; its log says more.',
}

export type ErrorCode = keyof typeof ERROR_CODES

const MARK: unique symbol = Symbol.for('backchannel.error')

export interface BackchannelErrorOptions {
  /** What the reader can do next; shown after the message. */
  readonly hint?: string
  readonly cause?: unknown
}

/**
 * Thrown by every public function of the product. `message` says what was tried and what came, `hint` what to do.
 * Use {@link BackchannelError.is} rather than `instanceof`: bundled copies of this class are the same error.
 */
export class BackchannelError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, options: BackchannelErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'BackchannelError'
    this.code = code
    this.hint = options.hint
    Object.defineProperty(this, MARK, { value: true })
  }

  static is(value: unknown): value is BackchannelError {
    return typeof value === 'object' && value !== null && MARK in value
  }
}

/** Turns anything thrown into an `Error`, once, at the border; never throws itself. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  try {
    return new Error(String(thrown))
  } catch {
    return new Error('something was thrown that is not an error and has no text')
  }
}

/** One line for people: the message, then the hint. */
export function renderError(thrown: unknown): string {
  const error = toError(thrown)
  const hint = BackchannelError.is(error) ? error.hint : undefined
  return hint === undefined ? error.message : `${error.message} ${hint}`
}
