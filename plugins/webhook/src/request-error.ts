/** A request that is not taken: the HTTP status beside the error, and the one shape in which senders read it. */
import type { ServerResponse } from 'node:http'
import { BackchannelError } from '@backchannel/channel'
import { type ResponseHeaders, sendJson } from '@backchannel/channel/http'

export interface RequestErrorOptions {
  readonly hint: string
  readonly headers?: ResponseHeaders
}

/** What a request can be refused for; every code has its own meaning in the list of errors. */
export type RequestErrorCode =
  | 'request-refused'
  | 'request-invalid'
  | 'signature-invalid'
  | 'source-unknown'
  | 'rate-limited'
  | 'settings-invalid'
  | 'not-approver'
  | 'not-open'

export class RequestError extends BackchannelError {
  readonly status: number
  readonly headers: ResponseHeaders

  constructor(status: number, code: RequestErrorCode, message: string, { hint, headers = {} }: RequestErrorOptions) {
    super(code, message, { hint })
    this.status = status
    this.headers = headers
  }
}

/** How soon a sender should try again when the session is behind or has not registered the channel. */
const RETRY: ResponseHeaders = { 'retry-after': '5' }

/** Answers `{"ok":false,"error":CODE,"message":…,"hint":…}`. */
export function answerError(response: ServerResponse, error: BackchannelError): void {
  const { status, headers } = error instanceof RequestError ? error : toAnswer(error)
  const { code, message, hint } = error
  sendJson(response, status, { ok: false, error: code, message, ...(hint === undefined ? {} : { hint }) }, headers)
}

/** What the channel has no room or no disk for now, it may take in a few seconds. */
const LATER: ReadonlySet<string> = new Set(['outbox-full', 'not-registered', 'journal-full', 'journal-unavailable'])

function toAnswer({ code }: BackchannelError): { status: number; headers: ResponseHeaders } {
  if (code === 'event-too-large') return { status: 413, headers: {} }
  if (LATER.has(code)) return { status: 503, headers: RETRY }
  if (code === 'closed') return { status: 503, headers: { ...RETRY, connection: 'close' } }
  return { status: 500, headers: {} }
}
