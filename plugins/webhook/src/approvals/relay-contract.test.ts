/** The built plugin keeps the relay contract with a source that approves, under both kinds of host. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTempDirectory, type FakeHost, freePort } from '@backchannel/testkit'
import { type Person, relayContract, runtimeCommand } from '@backchannel/testkit/relay-contract'
import { afterAll } from 'vitest'
import { generateKeyPair } from '../schemes/signing-key.ts'
import { createApproverSystem } from './approver.fixture.ts'
import type { ShownEnd, ShownRequest } from './board.ts'

const START = fileURLToPath(new URL('../../../../dist/marketplace/plugins/webhook/start.cjs', import.meta.url))
const [pager, ci] = [generateKeyPair(), generateKeyPair()]
const SOURCES = {
  sources: [
    { name: 'pager', scheme: 'standard', secrets: [pager.publicKey], approver: true },
    { name: 'ci', scheme: 'standard', secrets: [ci.publicKey] },
  ],
}
const folders: { remove(): Promise<void> }[] = []
afterAll(() => Promise.all(folders.map((folder) => folder.remove())))

relayContract({
  name: 'webhook',
  // The kit's own run of this suite is on both runtimes.
  runtimes: ['node'],
  async command(runtime) {
    const folder = await createTempDirectory()
    folders.push(folder)
    const directory = join(folder.path, 'state')
    await mkdir(directory)
    await writeFile(join(directory, 'sources.json'), JSON.stringify(SOURCES), { mode: 0o600 })
    const env = { WEBHOOK_PORT: String(await freePort()), WEBHOOK_STATE_DIR: directory }
    return { command: runtimeCommand(runtime), args: [START], env }
  },
  async people(host) {
    await host.waitForStderr(/listening on/)
    return { owner: personOf(host, '/pager', pager.privateKey), stranger: personOf(host, '/ci', ci.privateKey) }
  },
  directory: (host) => host.environment['WEBHOOK_STATE_DIR'] ?? '',
})

/** A source's path is its chat: where it reads requests, and where its answers go. */
function personOf(host: FakeHost, path: string, privateKey: string): Person {
  const system = createApproverSystem(() => `http://127.0.0.1:${host.environment['WEBHOOK_PORT']}`, privateKey)
  return {
    chat: path,
    async press(requestId, behavior, { chat = path } = {}) {
      return (await system.verdict(chat, { request_id: requestId, behavior })).json()
    },
    async shown() {
      const { requests = [], ended = [] } = (await (await system.requests(path)).json()) as {
        requests?: readonly ShownRequest[]
        ended?: readonly ShownEnd[]
      }
      const open = requests.map((one) => [one.tool_name, one.description, one.input_preview].join('\n'))
      return [...open, ...ended.map(({ text }) => text)].join('\n')
    },
  }
}
