/** What an agent's refusal means: the code of its error, and the words that the terminal and the chat that waits are told. */
import { BackchannelError, isRecord, toError } from '@backchannel/protocol'
import { isKnownCause, readFailure } from '../claude/failures.ts'

const AUTH_REQUIRED = -32000
const UNKNOWN_SESSION = -32002

/** Of a JSON-RPC error; undefined for anything else, such as a connection that has closed. */
export function errorCode(thrown: unknown): number | undefined {
  const code = isRecord(thrown) ? thrown['code'] : undefined
  return typeof code === 'number' ? code : undefined
}

export function isAuthError(thrown: unknown): boolean {
  return errorCode(thrown) === AUTH_REQUIRED
}

export function isUnknownSession(thrown: unknown): boolean {
  return errorCode(thrown) === UNKNOWN_SESSION
}

/** What kind of failure, in the words of Claude's SDK, which claude-agent-acp passes on: `rate_limit`, `server_error`. */
function errorKind(thrown: unknown): unknown {
  const data = isRecord(thrown) ? thrown['data'] : undefined
  return isRecord(data) ? data['errorKind'] : undefined
}

export function wordsOf(thrown: unknown): string {
  const { message } = toError(thrown)
  const data = isRecord(thrown) ? thrown['data'] : undefined
  const details = isRecord(data) ? data['details'] : undefined
  const words = message.replace(/^Internal error(: |$)/, '')
  return [words, details].find((text) => typeof text === 'string' && text !== '')?.toString() ?? message
}

/** @returns BackchannelError `agent-failed` */
export function explainFailure(thrown: unknown): BackchannelError {
  if (BackchannelError.is(thrown)) return thrown
  const words = wordsOf(thrown)
  if (isAuthError(thrown))
    return failed(
      `The agent is not signed in to its provider: ${words}`,
      thrown,
      "Sign in with the agent's own command.",
    )
  const kind = errorKind(thrown)
  // The words that the SDK itself would have been given.
  const told = { type: 'result', subtype: 'error', is_error: true, result: words }
  const known = isKnownCause(kind) ? readFailure(told, kind) : undefined
  return known ?? failed(`The agent failed: ${words}`, thrown)
}

function failed(message: string, cause: unknown, hint?: string): BackchannelError {
  return new BackchannelError('agent-failed', message, { cause, ...(hint === undefined ? {} : { hint }) })
}
