/** Shows that the built plugin does on iMessage what every chat channel does. */
import { platformContract, runtimeCommand } from '@backchannel/testkit/platform-contract'
import { environmentOf, START } from './bundle.fixture.ts'
import { type MessagesPlatform, PEOPLE, PICTURE, startPlatform } from './platform-contract.fixture.ts'

platformContract({
  name: 'imessage',
  runtimes: ['node'],
  start: startPlatform,
  command(runtime, fake, directory) {
    const platform = fake as MessagesPlatform
    platform.directory = directory
    return {
      command: runtimeCommand(runtime),
      args: [START],
      env: environmentOf(platform.messages, directory),
    }
  },
  people: PEOPLE,
  limits: {
    edit: false,
    react: false,
    buttons: false,
    typing: false,
    files: true,
    albums: false,
    replies: true,
    ids: false,
    deduplicates: true,
    forwards: false,
    ownerInGroups: false,
  },
  downloads: () => ({ chat_id: PEOPLE.owner.chat, message_id: PICTURE }),
  textUnits: 10_000,
})
