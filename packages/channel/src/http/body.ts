/** Reads a request's body whole, but never more of it than a limit. */
import type { IncomingMessage } from 'node:http'
import { BackchannelError } from '@backchannel/protocol'

export interface BodyOptions {
  /** In bytes; a body of exactly this size passes. */
  readonly limit: number
  /** Aborting it rejects with its reason. */
  readonly signal?: AbortSignal
}

/**
 * Refuses by Content-Length before the first byte where that is given, and otherwise at the first byte over the limit.
 * What still comes is then discarded, so that the client can finish and read the answer; the server's `requestTimeout`
 * bounds that.
 * @throws BackchannelError `event-too-large`, or `closed` when the client went away.
 */
export function readBody(request: IncomingMessage, { limit, signal }: BodyOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0

    const finish = (settle: () => void) => {
      request.off('data', onData).off('end', onEnd).off('close', onGone)
      signal?.removeEventListener('abort', onAbort)
      // The listener for errors stays: one that comes later must not end the process.
      request.resume()
      settle()
    }
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) finish(() => reject(tooLarge(limit, `more than ${limit} bytes came`)))
      else chunks.push(chunk)
    }
    const onEnd = () => finish(() => resolve(Buffer.concat(chunks, size)))
    const onAbort = () => finish(() => reject(signal?.reason))
    const onGone = (cause?: unknown) => {
      const message = `The client went away after ${size} bytes of its request.`
      finish(() => reject(new BackchannelError('closed', message, { cause })))
    }

    request.on('error', onGone)
    if (signal?.aborted) return onAbort()
    if (request.destroyed) return onGone()
    const announced = Number(request.headers['content-length'] ?? 0)
    if (announced > limit) return finish(() => reject(tooLarge(limit, `${announced} bytes were announced`)))
    signal?.addEventListener('abort', onAbort, { once: true })
    request.on('data', onData).on('end', onEnd).on('close', onGone)
  })
}

function tooLarge(limit: number, came: string): BackchannelError {
  return new BackchannelError('event-too-large', `The body is too large: the limit is ${limit} bytes, ${came}.`, {
    hint: 'Send the part that matters, or a link to the rest.',
  })
}
