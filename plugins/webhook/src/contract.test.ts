/** Shows that the built plugin, as a host starts it, keeps the channel contract on Node. */
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type FakeHost, freePort } from '@backchannel/testkit'
import { channelContract, runtimeCommand } from '@backchannel/testkit/channel-contract'

const START = fileURLToPath(new URL('../../../dist/marketplace/plugins/webhook/start.cjs', import.meta.url))
if (!existsSync(START)) throw new Error(`${START} is missing. Run "npm run build" first.`)

channelContract({
  name: 'webhook',
  // On Bun the kit's own suite and an example's run; this plugin's start there is in process.test.ts.
  runtimes: ['node'],
  async command(runtime) {
    return { command: runtimeCommand(runtime), args: [START], env: { WEBHOOK_PORT: String(await freePort()) } }
  },
  journal: true,
  twoWay: { tool: 'reply', arguments: ({ meta }) => ({ text: 'on it', path: meta?.['path'] }) },
  async inject(host) {
    const [, url] = await host.waitForStderr(/listening on (http:\S+)/)
    const replies = await fetch(`${url}/events`)
    const reply = readReply(replies)
    reply.catch(() => {})
    const answer = await fetch(`${url}/ci?job=1`, { method: 'POST', body: 'disk full' })
    if (answer.status !== 202) throw new Error(`${answer.status}: ${await answer.text()}`)
    return { content: 'disk full', meta: { path: '/ci?job=1', method: 'POST' }, answered: () => reply }
  },
  quietUntilRegistered,
})

async function readReply({ body }: Response): Promise<void> {
  let text = ''
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk
    if (text.includes('data: {"text":"on it","path":"/ci?job=1"')) return
  }
  throw new Error(`The stream ended without the reply: ${text}`)
}

/** Nobody listens on the port that this process was given, on either address. */
async function quietUntilRegistered({ environment }: FakeHost): Promise<boolean> {
  const answers = ['127.0.0.1', '::1'].map(
    (host) =>
      new Promise<boolean>((resolve) => {
        const socket = connect(Number(environment['WEBHOOK_PORT']), host)
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
        socket.once('connect', () => socket.destroy())
      }),
  )
  return !(await Promise.all(answers)).includes(true)
}
