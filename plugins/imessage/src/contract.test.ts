/** Shows that the built plugin, as a host starts it, keeps the channel contract. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createTempDirectory, type FakeHost, type TempDirectory, waitFor } from '@backchannel/testkit'
import { channelContract, runtimeCommand } from '@backchannel/testkit/channel-contract'
import { afterAll } from 'vitest'
import { environmentOf, START, writeAccess } from './bundle.fixture.ts'
import { type MessagesPlatform, PEOPLE, startPlatform } from './platform-contract.fixture.ts'

const { owner } = PEOPLE
const platforms = new Map<string, MessagesPlatform>()
const folders: TempDirectory[] = []
afterAll(async () => {
  await Promise.all([...platforms.values()].map((platform) => platform.close()))
  await Promise.all(folders.map((folder) => folder.remove()))
})

const platformOf = (host: FakeHost) => {
  const found = platforms.get(host.environment['IMESSAGE_STATE_DIR'] ?? '')
  if (!found) throw new Error('there is no such platform')
  return found
}

channelContract({
  name: 'imessage',
  // On Bun one test of the process is enough: the kit runs this suite there.
  runtimes: ['node'],
  async command(runtime) {
    const folder = await createTempDirectory('imessage-')
    folders.push(folder)
    const directory = join(folder.path, 'state')
    await writeAccess(directory, {})
    const platform = await startPlatform()
    platform.directory = directory
    platforms.set(directory, platform)
    return { command: runtimeCommand(runtime), args: [START], env: environmentOf(platform.messages, directory) }
  },
  twoWay: { tool: 'reply', arguments: ({ meta }) => ({ chat_id: meta?.['chat_id'], text: 'on it' }) },
  async inject(host) {
    const platform = platformOf(host)
    await waitFor(() => platform.receivers() > 0, { what: 'the channel to receive' })
    const id = await platform.write({ chat: owner.chat, sender: owner, text: 'disk full' })
    await waitFor(() => platform.isConfirmed(id), { what: 'the message to be taken in' })
    return {
      content: 'disk full',
      meta: {
        chat_id: owner.chat,
        message_id: id,
        user: owner.id,
        user_id: owner.id,
        ts: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
        chat_type: 'direct',
      },
      answered: () =>
        waitFor(() => platform.sent(owner.chat).some(({ text }) => text === 'on it'), { what: 'the answer' }),
    }
  },
  async quietUntilRegistered(host) {
    const { directory, messages } = platformOf(host)
    return messages.calls.length === 0 && !readdirSync(directory).includes('account.lock')
  },
})
