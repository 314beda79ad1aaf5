/** Shows that prompts and verdicts go through Telegram as the relay suite wants them. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { createTempDirectory, type FakeHost, runtimeCommand, type TempDirectory, waitFor } from '@backchannel/testkit'
import { type Person, relayContract } from '@backchannel/testkit/relay-contract'
import { afterAll } from 'vitest'
import { environmentOf, START, writeAccess } from './bundle.fixture.ts'
import { PEOPLE, startPlatform, type TelegramPlatform } from './platform-contract.fixture.ts'

const { owner, friend, stranger, group } = PEOPLE
const platforms = new Map<string, TelegramPlatform>()
const folders: TempDirectory[] = []
afterAll(async () => {
  await Promise.all([...platforms.values()].map((platform) => platform.close()))
  await Promise.all(folders.map((folder) => folder.remove()))
})

const directoryOf = (host: FakeHost) => host.environment['TELEGRAM_STATE_DIR'] ?? ''

relayContract({
  name: 'telegram',
  // The kit's own run of this suite is on both runtimes.
  runtimes: ['node'],
  async command(runtime) {
    const folder = await createTempDirectory('telegram-')
    folders.push(folder)
    const directory = join(folder.path, 'state')
    const groups = { [group]: { requireMention: false, allowFrom: [] } }
    await writeAccess(directory, { allowFrom: [owner.id, friend.id], groups })
    const approvers = [owner, friend].map(({ id, chat }) => ({ sender: id, chat }))
    await writeFile(join(directory, 'approvers.json'), JSON.stringify({ relay: 'origin', approvers }), { mode: 0o600 })
    const platform = await startPlatform()
    platforms.set(directory, platform)
    const { telegram } = platform
    return { command: runtimeCommand(runtime), args: [START], env: environmentOf(telegram, telegram.bot, directory) }
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

function personOf(platform: TelegramPlatform, sender: typeof owner, own: string): Person {
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
    async choose(questionId, numbers, { chat = own } = {}) {
      const prompt = platform.sent(chat).find(({ text, buttons }) => buttons.length > 0 && text.includes(questionId))
      const [, key] = /^ask:(\w+):/.exec(prompt?.buttons[0] ?? '') ?? []
      const isSeveral = prompt?.buttons.some((data) => data.endsWith(':done')) === true
      for (const last of [...numbers.map((number) => String(number - 1)), ...(isSeveral ? ['done'] : [])]) {
        await platform.press({ chat, messageId: prompt?.id ?? '1', sender, data: `ask:${key}:${last}` })
      }
    },
    async shown() {
      // The platform is in this process: whoever looks again and again must let it read what comes.
      await setImmediate()
      const shown = platform.sent(own)
      return shown.map(({ text }) => text).join('\n\n')
    },
  }
}
