/** The thirty-line channel keeps the contract, lets only those in who know the code, and is as short as promised. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import {
  backchannelCapabilities,
  type FakeHost,
  freePort,
  RUNTIMES,
  type Runtime,
  runtimeCommand,
  startFakeHost,
  staysTrue,
} from '@backchannel/testkit'
import { channelContract } from '@backchannel/testkit/channel-contract'
import { describe, expect, it } from 'vitest'

const PROGRAM = fileURLToPath(new URL('channel.ts', import.meta.url))

const command = async (runtime: Runtime) => ({
  command: runtimeCommand(runtime),
  args: [PROGRAM],
  env: { LINES_PORT: String(await freePort()) },
})

const clients: Socket[] = []
const dial = async (host: FakeHost): Promise<Socket> => {
  const client = connect(Number(host.environment['LINES_PORT']), '127.0.0.1').on('error', () => {})
  clients.push(client)
  await once(client, 'connect')
  return client
}
const readCode = async (host: FakeHost): Promise<string> => (await host.waitForStderr(/type (\S+) first/))[1] ?? ''

channelContract({
  name: 'lines',
  // On Node: examples/one-way.
  runtimes: ['bun'],
  command,
  twoWay: { tool: 'reply', arguments: ({ meta }) => ({ chat_id: meta?.['chat_id'], text: 'on my way' }) },
  async inject(host) {
    const code = await readCode(host)
    const client = await dial(host)
    client.write(`${code}\ncome home\n`)
    const answered = once(createInterface(client), 'line').then(([line]) => {
      if (line !== 'on my way') throw new Error(`the answer was ${line}`)
    })
    answered.catch(() => {})
    return { content: 'come home', meta: { chat_id: /^[0-9a-f-]{36}$/ }, answered: () => answered }
  },
  async quietUntilRegistered(host) {
    const client = await dial(host).catch(() => undefined)
    client?.destroy()
    return client === undefined
  },
})

describe.each(RUNTIMES)('lines on %s', (runtime) => {
  const start = async () => {
    const capabilities = backchannelCapabilities(['receipts'])
    const host = await startFakeHost({ ...(await command(runtime)), capabilities, register: true })
    return { host, code: await readCode(host), [Symbol.asyncDispose]: () => host.close() }
  }

  it.each([['hello\n'], ['POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nrun: rm\n'], ['wrong\nhello\n']])(
    'hangs up on a stranger who says %j',
    async (said) => {
      await using channel = await start()
      const client = await dial(channel.host)
      client.write(said)
      client.resume()
      await once(client, 'close')
      expect(await staysTrue(() => channel.host.events.length === 0, 100)).toBe(true)
    },
  )

  it('survives a client that breaks off, and tells the agent that a chat has hung up', async () => {
    await using channel = await start()
    const { host, code } = channel
    const client = await dial(host)
    client.write(`${code}\nhello\n`)
    const { meta } = await host.nextEvent()
    client.resetAndDestroy()
    const hungUp = {
      content: [{ type: 'text', text: `reply failed: chat ${meta?.['chat_id']} has hung up` }],
      isError: true,
    }
    await expect.poll(() => host.callTool('reply', { chat_id: meta?.['chat_id'], text: 'there?' })).toEqual(hungUp)
    const again = await dial(host)
    again.write(`${code}\nback again\n`)
    expect(await host.nextEvent()).toMatchObject({ content: 'back again' })
    again.destroy()
  })

  it('keeps two chats apart', async () => {
    await using channel = await start()
    const { host, code } = channel
    const [one, other] = [await dial(host), await dial(host)]
    one.write(`${code}\nfrom one\n`)
    other.write(`${code}\nfrom the other\n`)
    const lines = new Promise((resolve) => createInterface(other).once('line', resolve))
    const event = await host.nextEvent(({ content }) => content === 'from the other')
    await host.callTool('reply', { chat_id: event.meta?.['chat_id'], text: 'only you' })
    expect(await lines).toBe('only you')
    expect(one.bytesRead).toBe(0)
    for (const client of [one, other]) client.destroy()
  })
})

it('has at most forty lines that do something', () => {
  const lines = readFileSync(PROGRAM, 'utf8').split('\n')
  expect(lines.filter((line) => !/^\s*($|\/\/|\/?\*|import )/.test(line)).length).toBeLessThanOrEqual(40)
})

it('is in the documentation as it is', () => {
  const page = readFileSync(fileURLToPath(new URL('../../docs/write-a-channel.md', import.meta.url)), 'utf8')
  expect(page).toContain(`\n\`\`\`ts\n${readFileSync(PROGRAM, 'utf8')}\`\`\`\n`)
})
