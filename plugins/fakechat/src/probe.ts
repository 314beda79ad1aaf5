/** The doctor's ping: one message through the channel's own entrance, as a local script would send it. */
import { BackchannelError } from '@backchannel/channel'

const BOUNDARY = 'backchannel-doctor'

/** Resolves once the message is accepted. @throws BackchannelError `request-refused` with what was answered */
export async function sendProbe(url: string, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  const { request } = process.getBuiltinModule('node:http')
  const headers = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }
  const { port } = new URL(url)
  request({ host: '127.0.0.1', port, path: '/upload', method: 'POST', headers, signal })
    .on('response', (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    .on('error', reject)
    .end(renderForm({ id: 'backchannel-doctor', text: 'backchannel doctor ping' }))
  const status = await promise
  if (status === 204) return
  throw new BackchannelError('request-refused', `The doctor's ping was answered with ${status}, not 204.`)
}

function renderForm(fields: Readonly<Record<string, string>>): string {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  return `${parts.join('')}--${BOUNDARY}--\r\n`
}
