/** Shows that the built plugin, as a host starts it, keeps the channel contract; on Node, since the kit shows it on both. */
import { join } from 'node:path'
import { createTempDirectory, type FakeHost, type TempDirectory, waitFor } from '@backchannel/testkit'
import { channelContract, runtimeCommand } from '@backchannel/testkit/channel-contract'
import { type FakeBot, type Person, startFakeDiscord } from '@backchannel/testkit/discord'
import { afterAll } from 'vitest'
import { environmentOf, START, writeAccess } from './bundle.fixture.ts'

const discord = await startFakeDiscord()
const folders: TempDirectory[] = []
const bots = new Map<string, { readonly bot: FakeBot; readonly ada: Person }>()
afterAll(async () => {
  await discord.close()
  await Promise.all(folders.map((folder) => folder.remove()))
})

const botOf = (host: FakeHost) => {
  const found = bots.get(host.environment['DISCORD_BOT_TOKEN'] ?? '')
  if (!found) throw new Error('there is no such bot')
  return found
}

channelContract({
  name: 'discord',
  runtimes: ['node'],
  async command(runtime) {
    const bot = discord.addBot()
    const ada = bot.person('Ada')
    const folder = await createTempDirectory('discord-')
    folders.push(folder)
    bots.set(bot.token, { bot, ada })
    const directory = join(folder.path, 'state')
    await writeAccess(directory, { allowFrom: [ada.id] })
    return { command: runtimeCommand(runtime), args: [START], env: environmentOf(discord, bot, directory) }
  },
  twoWay: { tool: 'reply', arguments: ({ meta }) => ({ chat_id: meta?.['chat_id'], text: 'on it' }) },
  async inject(host) {
    const { bot, ada } = botOf(host)
    const { gateway } = bot
    await waitFor(() => gateway.active > 0, { what: 'the channel to be connected' })
    const { id } = ada.says(ada.dm, 'disk full')
    await waitFor(
      () => {
        gateway.askHeartbeat()
        return gateway.isAcknowledged(id)
      },
      { what: 'the acknowledgement' },
    )
    return {
      content: 'disk full',
      meta: {
        chat_id: ada.dm.id,
        message_id: id,
        user: 'ada',
        user_id: ada.id,
        user_name: 'Ada',
        ts: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
        chat_type: 'direct',
      },
      answered: () => waitFor(() => ada.dm.texts.includes('on it'), { what: 'the answer' }),
    }
  },
  async quietUntilRegistered(host) {
    const { bot } = botOf(host)
    return bot.calls.length === 0 && bot.gateway.connections === 0
  },
})
