/** The doctor's ping: one request through the channel's own entrance. */
import { BackchannelError } from '@backchannel/channel'

/** Resolves once the request is accepted. @throws BackchannelError `request-refused` with what was answered */
export async function sendProbe(port: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  const { request } = process.getBuiltinModule('node:http')
  const headers = { 'content-type': 'text/plain' }
  request({ host: '127.0.0.1', port, path: '/', method: 'POST', headers, signal })
    .on('response', (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    .on('error', reject)
    .end('backchannel doctor ping')
  const status = await promise
  if (status === 202) return
  throw new BackchannelError('request-refused', `The doctor's ping was answered with ${status}, not 202.`)
}
