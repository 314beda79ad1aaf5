/** Shows that the built plugin, as a host starts it, keeps the channel contract on Node. */
import { freePort } from '@backchannel/testkit'
import { channelContract, runtimeCommand } from '@backchannel/testkit/channel-contract'
import { isFree, START } from './bundle.fixture.ts'
import { connectSocket } from './chat.fixture.ts'

let count = 0

channelContract({
  name: 'fakechat',
  // On Bun the kit's own suite and an example's run; this plugin's start there is in process.test.ts.
  runtimes: ['node'],
  async command(runtime) {
    return { command: runtimeCommand(runtime), args: [START], env: { FAKECHAT_PORT: String(await freePort()) } }
  },
  journal: true,
  twoWay: { tool: 'reply', arguments: ({ meta }) => ({ text: 'on it', reply_to: meta?.['message_id'] }) },
  async inject(host) {
    const [, port] = await host.waitForStderr(/fakechat: http:\/\/localhost:(\d+)/)
    const page = await connectSocket(Number(port))
    count += 1
    const id = `u${count}`
    page.send({ id, text: 'disk full' })
    const answer = await Promise.race([page.next('sent'), page.next('error').then(refuse)])
    return {
      content: 'disk full',
      meta: { chat_id: 'web', message_id: String(answer['id']), user: 'web', ts: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/ },
      answered: () => page.next('msg'),
    }
  },
  async quietUntilRegistered({ environment }) {
    return isFree(Number(environment['FAKECHAT_PORT']))
  },
})

function refuse(frame: object): never {
  throw new Error(`The message was refused: ${JSON.stringify(frame)}`)
}
