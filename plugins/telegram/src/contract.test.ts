/** Shows that the built plugin, as a host starts it, keeps the channel contract on Node. */
import { join } from 'node:path'
import { createTempDirectory, type FakeHost, type TempDirectory, waitFor } from '@backchannel/testkit'
import { channelContract, runtimeCommand } from '@backchannel/testkit/channel-contract'
import { type FakeBot, type Person, startFakeTelegram } from '@backchannel/testkit/telegram'
import { afterAll } from 'vitest'
import { environmentOf, START, writeAccess } from './bundle.fixture.ts'

const telegram = await startFakeTelegram()
const folders: TempDirectory[] = []
const bots = new Map<string, { readonly bot: FakeBot; readonly ada: Person }>()
afterAll(async () => {
  await telegram.close()
  await Promise.all(folders.map((folder) => folder.remove()))
})

const botOf = (host: FakeHost) => {
  const found = bots.get(host.environment['TELEGRAM_BOT_TOKEN'] ?? '')
  if (!found) throw new Error('there is no such bot')
  return found
}

channelContract({
  name: 'telegram',
  // On Bun the kit's own suite and an example's run, and here the platform contract.
  runtimes: ['node'],
  async command(runtime) {
    const bot = telegram.addBot()
    const ada = bot.person('Ada')
    const folder = await createTempDirectory('telegram-')
    folders.push(folder)
    bots.set(bot.token, { bot, ada })
    const directory = join(folder.path, 'state')
    await writeAccess(directory, { allowFrom: [String(ada.id)] })
    return { command: runtimeCommand(runtime), args: [START], env: environmentOf(telegram, bot, directory) }
  },
  twoWay: { tool: 'reply', arguments: ({ meta }) => ({ chat_id: meta?.['chat_id'], text: 'on it' }) },
  async inject(host) {
    const { bot, ada } = botOf(host)
    const { message_id } = ada.says(ada.dm, 'disk full')
    await waitFor(() => bot.handed.length > 0 && bot.waiting.length === 0, { what: 'the confirmation' })
    return {
      content: 'disk full',
      meta: {
        chat_id: String(ada.id),
        message_id: String(message_id),
        user: 'ada',
        user_id: String(ada.id),
        user_name: 'Ada',
        ts: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
        chat_type: 'direct',
      },
      answered: () => waitFor(() => ada.dm.texts.includes('on it'), { what: 'the answer' }),
    }
  },
  async quietUntilRegistered(host) {
    return botOf(host).bot.calls.length === 0
  },
})
