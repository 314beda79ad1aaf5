/** The ten-line channel and hostile senders. */
import { fileURLToPath } from 'node:url'
import { freePort } from '@backchannel/testkit'
import { runtimeCommand } from '@backchannel/testkit/channel-contract'
import { hostileContract } from '@backchannel/testkit/hostile-contract'

const PROGRAM = fileURLToPath(new URL('channel.ts', import.meta.url))

hostileContract({
  name: 'alerts',
  // On Bun: examples/two-way.
  runtimes: ['node'],
  async command(runtime) {
    return { command: runtimeCommand(runtime), args: [PROGRAM], env: { ALERTS_PORT: String(await freePort()) } }
  },
  async connect(host) {
    const [, url] = await host.waitForStderr(/listening on (http:\S+)/)
    return {
      async send(bytes) {
        const answer = await fetch(`${url}/ci`, { method: 'POST', body: Buffer.from(bytes) })
        const reason = await answer.text()
        return answer.ok ? { kind: 'accepted' } : { kind: 'refused', reason }
      },
      close() {},
    }
  },
})
