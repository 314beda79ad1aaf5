/** What the fake Discord knows: users, guilds, channels and threads with all their messages, applications, files. */
import type { APIEmoji, APIMessage, APIRole, APIUser } from 'discord-api-types/v10'
import type { Application } from './applications.ts'
import { type Cdn, createCdn, type StoredFile } from './cdn.ts'
import type { StoredInteraction } from './interactions.ts'
import { createSnowflakes, type Snowflakes } from './snowflakes.ts'

/** 0 text, 1 direct, 5 announcement, 11 public thread, 12 private thread: Discord's numbers. */
export type ChannelKind = 0 | 1 | 5 | 11 | 12

export interface Overwrite {
  /** 0 role, 1 member. */
  readonly type: 0 | 1
  allow: bigint
  deny: bigint
}

export interface StoredChannel {
  readonly id: string
  readonly type: ChannelKind
  name: string
  topic: string | null
  /** Undefined of a direct chat. */
  readonly guild: StoredGuild | undefined
  /** Of a thread: the channel it is in. */
  readonly parent: StoredChannel | undefined
  /** Who a direct chat is between. */
  readonly recipients: ReadonlySet<string>
  /** Who is in a thread. */
  readonly members: Set<string>
  readonly overwrites: Map<string, Overwrite>
  readonly messages: Map<string, StoredMessage>
  /** Who showed that they write, in order. */
  readonly typing: { readonly userId: string; readonly at: number }[]
  /** Of a thread. */
  readonly ownerId: string | undefined
  isArchived: boolean
  isLocked: boolean
  isDeleted: boolean
}

export interface StoredRole {
  readonly id: string
  readonly name: string
  readonly isMentionable: boolean
  permissions: bigint
  /** The bot whose own role it is. */
  readonly botId: string | undefined
}

export interface StoredMember {
  readonly roles: Set<string>
  readonly joinedAt: string
  readonly nick: string | null
}

export interface StoredGuild {
  readonly id: string
  readonly name: string
  readonly ownerId: string
  readonly roles: Map<string, StoredRole>
  readonly members: Map<string, StoredMember>
  readonly emojis: Map<string, APIEmoji>
}

/** What an edit can change of a message. */
export interface MessageBody {
  readonly content: string
  readonly attachments: readonly StoredFile[]
  readonly embeds: APIMessage['embeds']
  readonly components: NonNullable<APIMessage['components']>
  readonly flags: number
  readonly mentions: readonly APIUser[]
  readonly mentionRoles: readonly APIRole['id'][]
  readonly mentionEveryone: boolean
  /** Whether an edit is shown as one; ISO 8601. */
  readonly editedAt: string | null
}

export interface StoredMessage {
  readonly id: string
  readonly channel: StoredChannel
  readonly author: APIUser
  /** As it is now. */
  body: MessageBody
  /** What it was before each edit, oldest first. */
  readonly earlier: MessageBody[]
  /** The fields that never change: `type`, `message_reference`, `webhook_id`, `nonce`, … */
  readonly fixed: Partial<APIMessage>
  readonly reactions: Map<string, { readonly emoji: PartialEmoji; readonly users: Set<string> }>
  /** The one person who sees it. */
  readonly onlyFor: string | undefined
  isDeleted: boolean
}

export interface PartialEmoji {
  readonly id: string | null
  readonly name: string
}

export interface StoredWebhook {
  readonly id: string
  readonly channel: StoredChannel
  readonly user: APIUser
}

/** Who looks at something: what an application without the Message Content intent is not shown depends on it. */
export interface Viewer {
  readonly userId: string
  readonly seesContent: boolean
}

/** Something that happened, before it is decided who is told of it and in which words. */
export interface WorldEvent {
  readonly type: string
  readonly channel?: StoredChannel
  readonly guild?: StoredGuild
  /** Any of these bits lets it through; 0 where none is needed. */
  readonly intents: number
  /** Only this application is told. */
  readonly only?: string
  /** Told also to who can no longer see the channel, since it says that it is gone. */
  readonly isEnding?: boolean
  readonly data: (viewer: Viewer) => object
}

export interface World {
  readonly users: Map<string, APIUser>
  readonly guilds: Map<string, StoredGuild>
  readonly channels: Map<string, StoredChannel>
  /** By the id of the bot's user, which is the application's too. */
  readonly applications: Map<string, Application>
  readonly interactions: Map<string, StoredInteraction>
  /** Which users a bot can't write to, and with which of Discord's codes it is told. */
  readonly closedTo: Map<string, ReadonlyMap<string, number>>
  readonly cdn: Cdn
  readonly ids: Snowflakes
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Most bytes of one uploaded file. */
  readonly attachmentLimit: number
  /** Between the heartbeats of a gateway's client. */
  readonly heartbeatMs: number
  readonly silenceMs: number
  publish(event: WorldEvent): void
}

export interface WorldOptions {
  /** Milliseconds since 1970; default: the system's clock. */
  readonly now?: () => number
  /** Most bytes of one uploaded file; default 10 MiB, as without boosts. */
  readonly attachmentLimit?: number
  /** Milliseconds between heartbeats of the gateway's clients; default 41,250. */
  readonly heartbeatMs?: number
  /** How long a gateway's client may be silent before it is closed; default: twice the time between heartbeats. */
  readonly silenceMs?: number
}

/** @param origin where files are downloaded from */
export function createWorld(options: WorldOptions, origin: () => string): World {
  const { now = Date.now, attachmentLimit = 10 * 1024 * 1024, heartbeatMs = 41_250 } = options
  const { silenceMs = heartbeatMs * 2 } = options
  const world: World = {
    users: new Map(),
    guilds: new Map(),
    channels: new Map(),
    applications: new Map(),
    interactions: new Map(),
    closedTo: new Map(),
    cdn: createCdn(now, origin),
    ids: createSnowflakes(now),
    now,
    attachmentLimit,
    heartbeatMs,
    silenceMs,
    publish(event) {
      for (const application of world.applications.values()) application.gateway.publish(event)
    },
  }
  return world
}
