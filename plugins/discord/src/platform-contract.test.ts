/** Shows that the built plugin does on Discord what every chat channel does. */
import { platformContract, runtimeCommand } from '@backchannel/testkit/platform-contract'
import { environmentOf, START } from './bundle.fixture.ts'
import { type DiscordPlatform, PEOPLE, startPlatform } from './platform-contract.fixture.ts'

platformContract({
  name: 'discord',
  // What differs between the runtimes is the kit's, and shown there; this plugin's own start on Bun is in process.test.ts.
  runtimes: ['node'],
  start: startPlatform,
  command(runtime, fake, directory) {
    const { discord } = fake as DiscordPlatform
    return {
      command: runtimeCommand(runtime),
      args: [START],
      env: environmentOf(discord, discord.bot, directory),
    }
  },
  people: PEOPLE,
  limits: {
    edit: true,
    react: true,
    buttons: true,
    typing: true,
    files: true,
    albums: false,
    ids: true,
    deduplicates: true,
  },
  textUnits: 2_000,
})
