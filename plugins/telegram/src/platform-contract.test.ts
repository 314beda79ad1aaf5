/** Shows that the built plugin does on Telegram what every chat channel does. */
import { platformContract, runtimeCommand } from '@backchannel/testkit/platform-contract'
import { environmentOf, START } from './bundle.fixture.ts'
import { PEOPLE, startPlatform, type TelegramPlatform } from './platform-contract.fixture.ts'

platformContract({
  name: 'telegram',
  start: startPlatform,
  command(runtime, fake, directory) {
    const { telegram } = fake as TelegramPlatform
    return {
      command: runtimeCommand(runtime),
      args: [START],
      env: environmentOf(telegram, telegram.bot, directory),
    }
  },
  people: PEOPLE,
  limits: { edit: true, react: true, buttons: true, typing: true, files: true, albums: true, ids: true, replies: true },
  textUnits: 4096,
})
