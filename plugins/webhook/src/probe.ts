/** The doctor's ping: one request through the channel's own entrance. */
import { BackchannelError } from '@backchannel/channel'
import { postLocally } from './post.ts'

/** Resolves once the request is accepted. @throws BackchannelError `request-refused` with what was answered */
export async function sendProbe(port: number, signal: AbortSignal): Promise<void> {
  const headers = { 'content-type': 'text/plain' }
  const { status } = await postLocally({
    port,
    path: '/',
    headers,
    body: Buffer.from('backchannel doctor ping'),
    signal,
  })
  if (status === 202) return
  throw new BackchannelError('request-refused', `The doctor's ping was answered with ${status}, not 202.`)
}
