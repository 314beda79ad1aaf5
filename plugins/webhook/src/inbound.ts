/** Turns a POST into an event: the body as text, the path and the method beside it. */
import type { IncomingMessage } from 'node:http'
import { BackchannelError, type OutgoingEvent } from '@backchannel/channel'
import { readBody } from '@backchannel/channel/http'
import { RequestError } from './request-error.ts'

/** The largest body, in bytes: a host takes little more in one event. */
export const BODY_LIMIT = 1_048_576

/** What may be in memory of bodies that are still arriving, in bytes. */
export const ARRIVING_LIMIT: number = 32 * BODY_LIMIT

/**
 * Reads events out of requests. Headers are not passed on: they would be more text of strangers, and some hold secrets.
 * @param signal aborts when the session ends; what is still arriving then rejects with `closed`.
 * @returns a function that throws RequestError, or what `readBody` throws.
 */
export function createEventReader(signal: AbortSignal): (request: IncomingMessage) => Promise<OutgoingEvent> {
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
    const body = await readWhole(request, signal).finally(() => {
      arriving -= size
    })
    const content = decode(body)
    if (content.trim() === '') {
      throw new RequestError(400, 'request-invalid', 'The body is empty, so there is nothing to tell the agent.', {
        hint: 'Give a text, for example: curl -d "build failed" URL',
      })
    }
    return { content, meta: { path: request.url ?? '/', method: request.method ?? 'POST' } }
  }
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

function decode(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw new RequestError(415, 'request-invalid', `The body (${body.length} bytes) is not UTF-8 text.`, {
      hint: 'Send text, or save the file and send its path.',
    })
  }
}
