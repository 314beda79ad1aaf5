/** Turns a POST into an event: the body as text, the path and the method beside it. */
import type { IncomingMessage } from 'node:http'
import { BackchannelError, type OutgoingEvent } from '@backchannel/channel'
import { readBody } from '@backchannel/channel/http'
import { RequestError } from './request-error.ts'

/** The largest body, in bytes: a host takes little more in one event. */
export const BODY_LIMIT = 1_048_576

/**
 * Headers are not passed on: they would be more text of strangers, and some hold secrets.
 * @throws RequestError, or what `readBody` throws.
 */
export async function readEvent(request: IncomingMessage, signal: AbortSignal): Promise<OutgoingEvent> {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') {
    throw new RequestError(415, 'request-invalid', 'The body is compressed, and only plain text is taken.', {
      hint: 'Send it without Content-Encoding.',
    })
  }
  const content = decode(await readWhole(request, signal))
  if (content.trim() === '') {
    throw new RequestError(400, 'request-invalid', 'The body is empty, so there is nothing to tell the agent.', {
      hint: 'Give a text, for example: curl -d "build failed" URL',
    })
  }
  return { content, meta: { path: request.url ?? '/', method: request.method ?? 'POST' } }
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
