/** The built plugin keeps the relay contract with a browser that the operator has paired, under both kinds of host. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type FakeHost, freePort } from '@backchannel/testkit'
import { type Person, relayContract, runtimeCommand } from '@backchannel/testkit/relay-contract'
import { START } from '../bundle.fixture.ts'
import { connectSocket, type TestSocket } from '../chat.fixture.ts'
import { createBrowser } from './browser.fixture.ts'

relayContract({
  name: 'fakechat',
  // The kit's own run of this suite is on both runtimes.
  runtimes: ['node'],
  async command(runtime) {
    return { command: runtimeCommand(runtime), args: [START], env: { FAKECHAT_PORT: String(await freePort()) } }
  },
  async people(host, kind) {
    const port = Number((await host.waitForStderr(/fakechat: http:\/\/localhost:(\d+)/))[1])
    const [owner, stranger] = [await openBrowser(port), await openBrowser(port)]
    owner.send({ type: 'pair' })
    const { code } = await owner.next('pairing')
    if (kind === 'ours') {
      await host.request('backchannel/access', { args: ['pair', String(code)] })
    } else {
      const env = { ...process.env, HOME: host.home }
      await promisify(execFile)(runtimeCommand('node'), [START, 'access', 'pair', String(code)], { env })
    }
    return { owner: personOf(owner), stranger: personOf(stranger) }
  },
  directory: (host: FakeHost) => join(host.home, '.claude/channels/fakechat'),
})

async function openBrowser(port: number): Promise<TestSocket> {
  const [page, browser] = [await connectSocket(port), await createBrowser()]
  const hello = page.frames.find(({ type }) => type === 'hello')
  page.send(await browser.prove(hello?.['challenge'], `127.0.0.1:${port}`))
  await page.next('identity')
  return page
}

let count = 0

function personOf(page: TestSocket): Person {
  /** Frames are read in order: the answer to one that is none says that those before it were. */
  const settled = async () => {
    page.send({ type: 'nothing' })
    await page.next('error')
  }
  return {
    chat: 'web',
    async type(text) {
      count += 1
      page.send({ id: `u${count}`, text })
      await settled()
    },
    async press(id, behavior) {
      page.send({ type: 'verdict', id, behavior })
      await settled()
    },
    async choose(id, numbers) {
      page.send({ type: 'answer', id, choices: numbers.map((number) => `c${number}`) })
      await settled()
    },
    async interrupt() {
      page.send({ type: 'interrupt' })
      await settled()
    },
    async shown() {
      return page.frames
        .filter(({ type }) => /^(?:permission|question)(?:-resolved)?$/.test(String(type)))
        .map(({ id, tool, description, preview, outcome, by, text, choices, answer }) => {
          const labels = ((choices ?? []) as { label: string }[]).map(({ label }) => label)
          const parts = [id, tool, description, preview, outcome, by, text, ...labels, answer]
          return parts.filter((part) => part !== undefined).join('\n')
        })
        .join('\n\n')
    },
  }
}
