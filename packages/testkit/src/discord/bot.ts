/** One bot of the fake: its token, its intents, the people it can meet, and everything it did. */
import type { APIApplicationCommand, APIUser } from 'discord-api-types/v10'
import { createGateway, type FakeGateway, type GatewayOptions } from './gateway/gateway.ts'
import { createGuild, type Guild, type GuildOptions } from './people/guild.ts'
import { createPerson, type Person, type PersonDetails } from './people/person.ts'
import { type Application, type Call, makeToken, type PrivilegedIntent } from './state/applications.ts'
import type { World } from './state/world.ts'

export interface BotOptions {
  /** Default `backchannel`. */
  readonly username?: string
  /** The privileged intents that are switched on in the developer portal; default: only Message Content. */
  readonly intents?: readonly PrivilegedIntent[]
  readonly gateway?: GatewayOptions
}

export interface FakeBot {
  /** The bot's user; the application has the same id. */
  readonly user: APIUser
  readonly id: string
  readonly token: string
  person(name: string, details?: PersonDetails): Person
  /** Another bot as a sender: it has a user, and no token here. */
  robot(name: string, details?: PersonDetails): Person
  guild(options: GuildOptions): Guild
  /** Makes the token worthless (401, close code 4004), as a reset in the portal does, and gives the new one. */
  revoke(): string
  /** Switches a privileged intent on or off, as in the developer portal. */
  setIntent(intent: PrivilegedIntent, on: boolean): void
  readonly gateway: FakeGateway
  /** The global commands, or those of a guild. */
  commands(guildId?: string): readonly APIApplicationCommand[]
  /** Every request, in order, with the status it was answered with. */
  readonly calls: readonly Call[]
  /** @param route as in the table: `POST /channels/:channel/messages` */
  callsOf(route: string): readonly Call[]
}

export interface BotSlot {
  readonly bot: FakeBot
  readonly application: Application
}

export function createBot(world: World, options: BotOptions = {}): BotSlot {
  const { username = 'backchannel', intents = ['content'], gateway: gatewayOptions = {} } = options
  const id = world.ids.next()
  const user: APIUser = { id, username, discriminator: '0001', global_name: null, avatar: null, bot: true }
  const revoke = (): string => {
    application.token = makeToken(id)
    gateway.drop(4004)
    gateway.forgetSessions()
    return application.token
  }
  const gateway = createGateway(id, world.now, gatewayOptions, revoke)
  const commands = new Map<string, readonly APIApplicationCommand[]>()
  const application: Application = {
    id,
    user,
    token: makeToken(id),
    intents: new Set(intents),
    commands,
    calls: [],
    nonces: new Map(),
    gateway,
  }
  world.users.set(id, user)
  world.applications.set(id, application)
  const bot: FakeBot = {
    user,
    id,
    get token() {
      return application.token
    },
    person: (name, details) => createPerson(world, id, name, details),
    robot: (name, details) => createPerson(world, id, name, { global_name: null, ...details, bot: true }),
    guild: (guildOptions) => createGuild(world, id, guildOptions),
    revoke,
    setIntent(intent, on) {
      if (on) application.intents.add(intent)
      else application.intents.delete(intent)
    },
    gateway,
    commands: (guildId = '') => commands.get(guildId) ?? [],
    calls: application.calls,
    callsOf: (route) => application.calls.filter((call) => call.route === route),
  }
  return { bot, application }
}
