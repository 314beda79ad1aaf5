/** Shows that prompts and verdicts go through a chat with oneself as the relay suite wants them. */
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { createTempDirectory, type FakeHost, runtimeCommand, type TempDirectory, waitFor } from '@backchannel/testkit'
import { type Person, relayContract } from '@backchannel/testkit/relay-contract'
import { afterAll } from 'vitest'
import { environmentOf, START, writeAccess } from './bundle.fixture.ts'
import { type MessagesPlatform, PEOPLE, startPlatform } from './platform-contract.fixture.ts'

const { owner, friend } = PEOPLE
const platforms = new Map<string, MessagesPlatform>()
const folders: TempDirectory[] = []
afterAll(async () => {
  await Promise.all([...platforms.values()].map((platform) => platform.close()))
  await Promise.all(folders.map((folder) => folder.remove()))
})

const directoryOf = (host: FakeHost) => host.environment['IMESSAGE_STATE_DIR'] ?? ''

relayContract({
  name: 'imessage',
  // The kit's own run of this suite is on both runtimes.
  runtimes: ['node'],
  async command(runtime) {
    const folder = await createTempDirectory('imessage-')
    folders.push(folder)
    const directory = join(folder.path, 'state')
    // A friend who may write, and who is no approver for that.
    await writeAccess(directory, { allowFrom: [friend.id] })
    const platform = await startPlatform()
    platform.directory = directory
    platforms.set(directory, platform)
    return { command: runtimeCommand(runtime), args: [START], env: environmentOf(platform.messages, directory) }
  },
  async people(host) {
    const platform = platforms.get(directoryOf(host))
    if (!platform) throw new Error('there is no such platform')
    await waitFor(() => platform.receivers() > 0, { what: 'the channel to receive' })
    return { owner: personOf(platform, owner), stranger: personOf(platform, friend) }
  },
  directory: directoryOf,
  mostOpen: 12,
})

function personOf(platform: MessagesPlatform, sender: typeof owner): Person {
  return {
    chat: sender.chat,
    // The owner can write in every chat of theirs; nobody else is in the chat with oneself.
    async type(text, { chat = sender.chat } = {}) {
      const id = await platform.write({ chat: sender.id === owner.id ? chat : sender.chat, sender, text })
      await waitFor(() => platform.isConfirmed(id), { what: `"${text}" to be taken in` })
    },
    async shown() {
      // Messages is in this process: whoever looks again and again must let it read what comes.
      await setImmediate()
      return platform
        .sent(sender.chat)
        .map(({ text }) => text)
        .join('\n\n')
    },
  }
}
