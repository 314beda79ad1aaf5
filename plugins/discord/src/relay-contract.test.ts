/** Shows that prompts and verdicts go through Discord as the relay suite wants them. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { createTempDirectory, type FakeHost, runtimeCommand, type TempDirectory, waitFor } from '@backchannel/testkit'
import { type Person, relayContract } from '@backchannel/testkit/relay-contract'
import { afterAll } from 'vitest'
import { environmentOf, START, writeAccess } from './bundle.fixture.ts'
import { type DiscordPlatform, PEOPLE, startPlatform } from './platform-contract.fixture.ts'

const { owner, friend, stranger, group } = PEOPLE
const platforms = new Map<string, DiscordPlatform>()
const folders: TempDirectory[] = []
afterAll(async () => {
  await Promise.all([...platforms.values()].map((platform) => platform.close()))
  await Promise.all(folders.map((folder) => folder.remove()))
})

const directoryOf = (host: FakeHost) => host.environment['DISCORD_STATE_DIR'] ?? ''

relayContract({
  name: 'discord',
  // The kit's own run of this suite is on both runtimes.
  runtimes: ['node'],
  async command(runtime) {
    const folder = await createTempDirectory('discord-')
    folders.push(folder)
    const directory = join(folder.path, 'state')
    const groups = { [group]: { requireMention: false, allowFrom: [] } }
    await writeAccess(directory, { allowFrom: [owner.id, friend.id], groups })
    const approvers = [owner, friend].map(({ id, chat }) => ({ sender: id, chat }))
    await writeFile(join(directory, 'approvers.json'), JSON.stringify({ relay: 'origin', approvers }), { mode: 0o600 })
    const platform = await startPlatform()
    platforms.set(directory, platform)
    const { discord } = platform
    return { command: runtimeCommand(runtime), args: [START], env: environmentOf(discord, discord.bot, directory) }
  },
  async people(host) {
    const platform = platforms.get(directoryOf(host))
    if (!platform) throw new Error('there is no such platform')
    await waitFor(() => platform.receivers() > 0, { what: 'the channel to receive' })
    return {
      owner: personOf(platform, owner, owner.chat),
      other: personOf(platform, friend, friend.chat),
      stranger: personOf(platform, stranger, group),
    }
  },
  directory: directoryOf,
})

function personOf(platform: DiscordPlatform, sender: typeof owner, own: string): Person {
  return {
    chat: own,
    async type(text, { chat = own } = {}) {
      // In a direct chat there is nobody but the two.
      const isTheirs = chat === group || chat === sender.chat
      const id = await platform.write({ chat: isTheirs ? chat : sender.chat, sender, text, isGroup: chat === group })
      await waitFor(() => platform.isConfirmed(id), { what: `"${text}" to be taken in` })
    },
    async press(requestId, behavior, { chat = own } = {}) {
      const data = `perm:${behavior}:${requestId}`
      const prompt = platform.sent(chat).find(({ text, buttons }) => buttons.includes(data) || text.includes(requestId))
      await platform.press({ chat, messageId: prompt?.id ?? '1', sender, data })
    },
    async shown() {
      // The platform is in this process: whoever looks again and again must let it read what comes.
      await setImmediate()
      const shown = platform.sent(own)
      // As it reads: what is escaped stands there without the sign.
      return shown.map(({ text }) => text.replace(/\\(?=[^A-Za-z0-9\s])/g, '')).join('\n\n')
    },
  }
}
