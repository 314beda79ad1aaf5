/** Why a handshake failed, in words: what the server did, and what to do about it. */
import { BackchannelError, isRecord, LEGACY_REVISIONS, toError } from '@backchannel/protocol'
import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js'
import { quote } from '../text/quote.ts'

/** @param how in words, after `it`: `exited with status 3` */
export function endedEarly(how: string): BackchannelError {
  return failed(`it ${how} before the handshake was complete`)
}

/** @returns BackchannelError `protocol-era` or `handshake-failed`; an error of ours as it is */
export function explainHandshake(thrown: unknown, timeoutMs: number): BackchannelError {
  if (BackchannelError.is(thrown)) return thrown
  const { message } = toError(thrown)
  const revision = /protocol version is not supported: (.*)$/s.exec(message)?.[1]
  if (revision !== undefined) return wrongEra(revision, thrown)
  if (thrown instanceof McpError && thrown.code === ErrorCode.RequestTimeout) {
    return failed(`it did not answer "initialize" within ${timeoutMs / 1000} s`, thrown)
  }
  if (thrown instanceof McpError)
    return failed(`it answered "initialize" with an error: ${quote(message, 200)}`, thrown)
  const field = wrongField(thrown)
  return failed(field === undefined ? message : `its answer to "initialize" is not what MCP asks for: ${field}`, thrown)
}

function wrongEra(revision: string, cause: unknown): BackchannelError {
  return new BackchannelError(
    'protocol-era',
    `The server answered with MCP revision ${quote(revision)}, which cannot carry events.`,
    {
      hint: `A channel server takes part in the legacy handshake only, revisions up to ${LEGACY_REVISIONS[0]}.`,
      cause,
    },
  )
}

/** The SDK's schema errors hold a list of issues; the first one says it. */
function wrongField(thrown: unknown): string | undefined {
  const issues = isRecord(thrown) ? thrown['issues'] : undefined
  const issue: unknown = Array.isArray(issues) ? issues[0] : undefined
  if (!isRecord(issue)) return undefined
  const path = Array.isArray(issue['path']) ? issue['path'].join('.') : ''
  return `${quote(path === '' ? 'result' : path)}: ${String(issue['message'])}`
}

function failed(what: string, cause?: unknown): BackchannelError {
  return new BackchannelError('handshake-failed', `The server started, but ${what}.`, {
    hint: 'Run its command by hand to see what it prints; stdout may carry nothing but JSON-RPC.',
    ...(cause === undefined ? {} : { cause }),
  })
}
