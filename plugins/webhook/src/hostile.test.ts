/** The hostile corpus against the built plugin, as POSTs of a program on this machine. */
import { fileURLToPath } from 'node:url'
import { freePort } from '@backchannel/testkit'
import { runtimeCommand } from '@backchannel/testkit/channel-contract'
import { hostileContract } from '@backchannel/testkit/hostile-contract'

const START = fileURLToPath(new URL('../../../dist/marketplace/plugins/webhook/start.cjs', import.meta.url))

hostileContract({
  name: 'webhook',
  // On Bun: examples/two-way.
  runtimes: ['node'],
  async command(runtime) {
    return { command: runtimeCommand(runtime), args: [START], env: { WEBHOOK_PORT: String(await freePort()) } }
  },
  async connect(host) {
    const [, url] = await host.waitForStderr(/listening on (http:\S+)/)
    return {
      async send(bytes) {
        const answer = await fetch(`${url}/ci`, { method: 'POST', body: Buffer.from(bytes) })
        const body = (await answer.json()) as { message?: string }
        if (answer.status === 202) return { kind: 'accepted' }
        if (answer.status >= 500) throw new Error(`status ${answer.status}: ${JSON.stringify(body)}`)
        return { kind: 'refused', reason: body.message ?? '' }
      },
      close() {},
    }
  },
  // A byte order mark is no part of a text.
  contents: (text) => [text.replace(/^\ufeff/, '')],
})
