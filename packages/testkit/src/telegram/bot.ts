/** One bot of the fake: its token, the people it can meet, and everything it did. */
import { randomBytes } from 'node:crypto'
import type { BotCommand, Update, User, UserFromGetMe } from 'grammy/types'
import { createGroup, type Group, type GroupOptions } from './people/group.ts'
import { createPerson, type Person } from './people/person.ts'
import type { FileStore } from './state/files.ts'
import type { PollCount } from './state/updates.ts'
import { type Call, createWorld, type StoredCallback, type World } from './state/world.ts'

export interface BotOptions {
  /** Default `backchannel_test_bot`. */
  readonly username?: string
  /** Whether it sees in groups only what is meant for it; default true, as BotFather sets it. */
  readonly privacy?: boolean
  /** Milliseconds since 1970; default: the system's clock. */
  readonly now?: () => number
}

export interface FakeBot {
  readonly me: UserFromGetMe
  readonly token: string
  person(name: string, details?: Partial<User>): Person
  group(options: GroupOptions): Group
  /** Makes the token worthless (401), as BotFather's /revoke does, and gives the new one. */
  revoke(): string
  readonly polls: PollCount
  /** Every update there was, oldest first. */
  readonly updates: readonly Update[]
  /** Updates that no higher offset has confirmed. */
  readonly waiting: readonly Update[]
  /** Ids of the updates that were handed out, as often as they were. */
  readonly handed: readonly number[]
  isConfirmed(updateId: number): boolean
  /** Buttons pressed, by the id of the query, with the bot's answer. */
  readonly callbacks: ReadonlyMap<string, StoredCallback>
  /** What `setMyCommands` set, by the type of the scope. */
  readonly commands: ReadonlyMap<string, readonly BotCommand[]>
  readonly files: FileStore
  /** Every request, in order, with the status it was answered with. */
  readonly calls: readonly Call[]
  callsOf(method: string): readonly Call[]
}

/** What the server needs of a bot. */
export interface BotSlot {
  readonly bot: FakeBot
  readonly world: World
}

export function createBot(id: number, options: BotOptions = {}): BotSlot {
  const { username = 'backchannel_test_bot', privacy = true, now = Date.now } = options
  const world = createWorld(describeBot(id, username, privacy), now)
  let token = makeToken(id)
  const bot: FakeBot = {
    me: world.me,
    get token() {
      return token
    },
    person: (name, details = {}) => {
      return createPerson(world, { username: name.toLowerCase(), language_code: 'en', ...details, first_name: name })
    },
    group: (groupOptions) => createGroup(world, groupOptions),
    revoke() {
      token = makeToken(id)
      return token
    },
    polls: world.updates.polls,
    updates: world.updates.all,
    get waiting() {
      return [...world.updates.waiting]
    },
    handed: world.updates.handed,
    isConfirmed: (updateId) => world.updates.isConfirmed(updateId),
    callbacks: world.callbacks,
    commands: world.commands,
    files: world.files,
    calls: world.calls,
    callsOf: (method) => world.calls.filter((call) => call.method.toLowerCase() === method.toLowerCase()),
  }
  return { bot, world }
}

function makeToken(id: number): string {
  return `${id}:AA${randomBytes(24).toString('base64url').slice(0, 33).padEnd(33, 'x')}`
}

function describeBot(id: number, username: string, privacy: boolean): UserFromGetMe {
  return {
    id,
    is_bot: true,
    first_name: 'Backchannel',
    username,
    can_join_groups: true,
    can_read_all_group_messages: !privacy,
    supports_guest_queries: false,
    supports_inline_queries: false,
    can_connect_to_business: false,
    has_main_web_app: false,
    has_topics_enabled: false,
    allows_users_to_create_topics: false,
    can_manage_bots: false,
    supports_join_request_queries: false,
  }
}
