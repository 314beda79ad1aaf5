/** The thirty-line channel and a hostile sender who knows the code. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type FakeHost, freePort } from '@backchannel/testkit'
import { runtimeCommand } from '@backchannel/testkit/channel-contract'
import { hostileContract } from '@backchannel/testkit/hostile-contract'

const PROGRAM = fileURLToPath(new URL('channel.ts', import.meta.url))
/** What an event may have; the channel hangs up on a longer line. */
const LONGEST_BYTES = 1_048_576 + 65_536
/** As the line reader of Node cuts them. */
const LINE_BREAK = /\r\n|\n|\r|\u2028|\u2029/

hostileContract({
  name: 'lines',
  // On Node: examples/one-way.
  runtimes: ['bun'],
  async command(runtime) {
    return { command: runtimeCommand(runtime), args: [PROGRAM], env: { LINES_PORT: String(await freePort()) } }
  },
  async connect(host) {
    let client = await dial(host)
    return {
      async send(bytes) {
        client.write(Buffer.concat([bytes, Buffer.from('\n')]))
        if (bytes.length <= LONGEST_BYTES) return { kind: 'accepted' }
        await once(client, 'close')
        client = await dial(host)
        return { kind: 'refused', reason: 'it hung up' }
      },
      close: () => void client.destroy(),
    }
  },
  contents: (text) => text.split(LINE_BREAK),
})

async function dial(host: FakeHost) {
  const [, code] = await host.waitForStderr(/type (\S+) first/)
  const client = connect(Number(host.environment['LINES_PORT']), '127.0.0.1').on('error', () => {})
  await once(client, 'connect')
  client.write(`${code}\n`)
  client.resume()
  return client
}
