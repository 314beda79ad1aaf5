/** Buttons pressed and commands run: what the bot is told, how it may answer, and what the person then sees. */
import { randomBytes } from 'node:crypto'
import type { APIUser } from 'discord-api-types/v10'
import type { Application } from './applications.ts'
import { describeChannel, describeDirect } from './channels.ts'
import { describeMember } from './guilds.ts'
import { render } from './messages.ts'
import { channelPermissions } from './permissions.ts'
import type { StoredChannel, StoredMessage, World } from './world.ts'

/** How long the first answer may take, and how long the token is good after it. */
export const ANSWER_MS = 3_000
export const TOKEN_MS: number = 15 * 60_000

/** 2 a command, 3 a component, 5 a form that was sent. */
export type InteractionType = 2 | 3 | 5

/** What the first answer was: 4 a message, 5 one that comes later, 6 a change that comes later, 7 a change, 9 a form. */
export type AnswerType = 4 | 5 | 6 | 7 | 9

export interface StoredInteraction {
  readonly id: string
  readonly token: string
  readonly application: Application
  readonly type: InteractionType
  readonly user: APIUser
  readonly channel: StoredChannel
  readonly data: object
  /** The message whose button it is. */
  readonly source: StoredMessage | undefined
  /** Milliseconds since 1970. */
  readonly createdAt: number
  answer: AnswerType | undefined
  /** What `@original` means: the answer, or the message that was changed. */
  original: StoredMessage | undefined
  /** A message that comes later is shown as waiting. */
  isWaiting: boolean
  readonly followups: StoredMessage[]
  /** A form, where the answer was one. */
  modal: object | undefined
}

export interface NewInteraction {
  readonly application: Application
  readonly type: InteractionType
  readonly user: APIUser
  readonly channel: StoredChannel
  readonly data: object
  readonly source?: StoredMessage | undefined
}

/** Makes it and tells the bot. */
export function startInteraction(world: World, { source, ...options }: NewInteraction): StoredInteraction {
  const id = world.ids.next()
  const interaction: StoredInteraction = {
    ...options,
    id,
    // Not one that looks like a bot's: it is good for this interaction alone.
    token: `aW50ZXJhY3Rpb246${randomBytes(48).toString('base64url')}`,
    source,
    createdAt: world.now(),
    answer: undefined,
    original: undefined,
    isWaiting: false,
    followups: [],
    modal: undefined,
  }
  world.interactions.set(id, interaction)
  const { application } = options
  world.publish({
    type: 'INTERACTION_CREATE',
    intents: 0,
    only: application.id,
    data: () => describe(world, interaction),
  })
  return interaction
}

function describe(world: World, interaction: StoredInteraction): object {
  const { id, token, application, type, user, channel, data, source } = interaction
  const { guild } = channel
  const member = guild?.members.get(user.id)
  const permissions = String(channelPermissions(channel, user.id))
  const who = guild && member ? { member: { user, ...describeMember(member), permissions } } : { user }
  return {
    id,
    application_id: application.id,
    type,
    data,
    token,
    version: 1,
    channel_id: channel.id,
    channel: guild ? { ...describeChannel(channel), permissions } : describeDirect(world, channel, application.id),
    ...(guild
      ? { guild_id: guild.id, guild: { id: guild.id, locale: 'en-US', features: [] }, guild_locale: 'en-US' }
      : {}),
    ...who,
    ...(source ? { message: render(world, source) } : {}),
    app_permissions: String(channelPermissions(channel, application.id)),
    locale: 'en-US',
    entitlements: [],
    authorizing_integration_owners: { 0: guild?.id ?? '0' },
    context: guild ? 0 : 1,
    attachment_size_limit: world.attachmentLimit,
  }
}
