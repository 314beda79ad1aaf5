/** One POST to this machine, for the commands and the doctor; `fetch` alone would cost a channel 22 ms and 13 MB. */
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

export interface PostOptions {
  readonly port: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly signal: AbortSignal
}

export interface Answer {
  readonly status: number
  readonly body: string
}

/** Rejects with the system's error where nothing listens, and with the signal's reason. */
export async function postLocally({ port, path, headers, body, signal }: PostOptions): Promise<Answer> {
  const { request } = process.getBuiltinModule('node:http')
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const sent = request({
    host: '127.0.0.1',
    port,
    path,
    method: 'POST',
    // The host is named as a program of this machine would: a source without a secret takes no other.
    headers: { ...headers, host: `localhost:${port}`, 'content-length': body.length },
    agent: false,
    signal,
  })
  sent.once('response', resolve).once('error', reject)
  sent.end(body)
  const response = await promise
  return { status: response.statusCode ?? 0, body: await text(response) }
}
