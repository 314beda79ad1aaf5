/** Reads the body of a POST, within bounds, and makes an event of one that comes for no source in particular. */
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { BackchannelError, type OutgoingEvent } from '@backchannel/channel'
import { readBody } from '@backchannel/channel/http'
import { toDeliveryId } from './intake/delivery-id.ts'
import { RequestError } from './request-error.ts'
import { requestId } from './schemes/request-id.ts'

/** The largest body, in bytes: a host takes little more in one event. */
export const BODY_LIMIT = 1_048_576

/** What may be in memory of bodies that are still arriving, in bytes. */
export const ARRIVING_LIMIT: number = 32 * BODY_LIMIT

/** @throws RequestError, or what `readBody` of the kit throws */
export type ReadRequestBody = (request: IncomingMessage) => Promise<Buffer>

/**
 * Reads bodies whole, as bytes.
 * @param signal aborts when the session ends; what is still arriving then rejects with `closed`.
 */
export function createBodyReader(signal: AbortSignal): ReadRequestBody {
  let arriving = 0
  return async (request) => {
    const encoding = request.headers['content-encoding'] ?? 'identity'
    if (encoding !== 'identity') {
      throw new RequestError(415, 'request-invalid', 'The body is compressed, and only plain text is taken.', {
        hint: 'Send it without Content-Encoding.',
      })
    }
    const size = Math.min(Number(request.headers['content-length'] ?? BODY_LIMIT), BODY_LIMIT)
    if (arriving + size > ARRIVING_LIMIT) throw tooMuchAtOnce()
    arriving += size
    try {
      return await readWhole(request, signal)
    } finally {
      arriving -= size
    }
  }
}

/** The built-in source: the body as it is, path and method beside it. Headers are not passed on; some hold secrets. */
export function toPlainEvent(request: IncomingMessage, raw: Buffer): OutgoingEvent {
  const content = decodeText(raw)
  if (content.trim() === '') throw emptyBody()
  const { 'idempotency-key': key, 'x-request-id': chain } = request.headers
  const ids = {
    ...(key ? { 'idempotency-key': String(key) } : {}),
    ...(chain ? { 'x-request-id': String(chain) } : {}),
  }
  const deliveryId = toDeliveryId('default', requestId({ headers: ids, raw }))
  return {
    content,
    meta: { path: request.url ?? '/', method: request.method ?? 'POST' },
    ...(deliveryId === undefined ? {} : { deliveryId }),
  }
}

const BYTE_ORDER_MARK = /^\ufeff/

/** @throws RequestError 415 */
export function decodeText(body: Buffer): string {
  // A TextDecoder costs tens of milliseconds when the first one is made.
  if (isUtf8(body)) return body.toString('utf8').replace(BYTE_ORDER_MARK, '')
  throw new RequestError(415, 'request-invalid', `The body (${body.length} bytes) is not UTF-8 text.`, {
    hint: 'Send text, or save the file and send its path.',
  })
}

export function emptyBody(): RequestError {
  return new RequestError(400, 'request-invalid', 'The body is empty, so there is nothing to tell the agent.', {
    hint: 'Give a text, for example: curl -d "build failed" URL',
  })
}

function tooMuchAtOnce(): RequestError {
  return new RequestError(503, 'request-refused', `More than ${ARRIVING_LIMIT} bytes are arriving at the same time.`, {
    hint: 'Try again when the other requests are through.',
    headers: { 'retry-after': '5' },
  })
}

async function readWhole(request: IncomingMessage, signal: AbortSignal): Promise<Buffer> {
  try {
    return await readBody(request, { limit: BODY_LIMIT, signal })
  } catch (thrown) {
    if (!signal.aborted) throw thrown
    throw new BackchannelError('closed', 'The session has ended; the event was not sent.')
  }
}
