/** What a person (or another bot) does in Discord, as a test tells it: `ada.says(ada.dm, 'hello')`, `ada.presses(message, 'Allow')`. */
import type { APIEmbed, APIMessage, APIUser } from 'discord-api-types/v10'
import { directChannel } from '../state/channels.ts'
import { findMentions } from '../state/mentions.ts'
import { publicMessages, render } from '../state/messages.ts'
import { may } from '../state/permissions.ts'
import { edit, post, react, remove, showTyping } from '../state/posting.ts'
import type { PartialEmoji, StoredChannel, StoredMessage, World } from '../state/world.ts'
import { type FakeChannel, viewChannel } from './channel.ts'
import type { NewFile } from './content.ts'
import type { FakeInteraction } from './interaction.ts'
import { findButton, pressButton, runCommand } from './pressing.ts'

export interface SendOptions {
  readonly replyTo?: APIMessage
  /** Whether a reply pings who is replied to; default true. */
  readonly pings?: boolean
  readonly embeds?: readonly APIEmbed[]
  readonly files?: readonly NewFile[]
  /** Milliseconds since 1970; default: now. */
  readonly date?: number
  /** It is there, and the gateway tells nobody: written before the bot came, or while it was away for too long. */
  readonly isSilent?: boolean
  /** Fields on top of what is sent: `type`, `sticker_items`, `poll`, `activity`, … */
  readonly extra?: Partial<APIMessage>
}

export interface PressOptions {
  /** A client still shows buttons that an edit took away a moment ago: presses one of those. */
  readonly stale?: boolean
  /** Sends `label` as the button's id though there is no such button, as a made-up client can. */
  readonly forged?: boolean
}

export interface Person {
  readonly id: string
  readonly user: APIUser
  /** The direct chat with the bot (the first one). */
  readonly dm: FakeChannel
  dmWith(botId: string): FakeChannel
  says(channel: FakeChannel, words: string, options?: SendOptions): APIMessage
  /** Files, stickers, embeds: what has no words. */
  sends(channel: FakeChannel, options: SendOptions): APIMessage
  /** Forwards a message: a picture of it, without its author. */
  forwards(message: APIMessage, channel: FakeChannel, options?: SendOptions): APIMessage
  edits(message: APIMessage, words: string): APIMessage
  /** Discord adds the preview of a link later, as an update that is no edit. */
  getsPreview(message: APIMessage, embeds: readonly APIEmbed[]): void
  deletes(message: APIMessage): void
  /** `👍`, or `<:name:id>`. */
  reacts(message: APIMessage, emoji: string): void
  unreacts(message: APIMessage, emoji: string): void
  types(channel: FakeChannel): void
  /** Presses a button, by its label or its id. @throws Error if the message has no such button */
  presses(message: APIMessage, label: string, options?: PressOptions): FakeInteraction
  /** Runs a slash command of the bot. @throws Error if there is none of that name */
  runs(
    channel: FakeChannel,
    command: string,
    options?: Readonly<Record<string, string | number | boolean>>,
  ): FakeInteraction
  /** What they see in a channel, oldest first: also what is for them alone. */
  sees(channel: FakeChannel): readonly APIMessage[]
  /** Can't be written to any more: 50007 blocked or no direct messages, 50278 no server in common. */
  closesDm(code?: 50_007 | 50_278, botId?: string): void
  opensDm(botId?: string): void
}

export interface PersonDetails extends Partial<APIUser> {
  /** The id of the direct chat with the bot. */
  readonly dmId?: string
}

export function createPerson(world: World, botId: string, name: string, details: PersonDetails = {}): Person {
  const { dmId, id = world.ids.next(), ...more } = details
  const user: APIUser = {
    id,
    username: name.toLowerCase(),
    discriminator: '0',
    global_name: name,
    avatar: null,
    ...more,
  }
  world.users.set(id, user)
  if (dmId !== undefined) directChannel(world, id, botId, dmId)
  return drivePerson(world, botId, user)
}

function drivePerson(world: World, botId: string, user: APIUser): Person {
  const dm = viewChannel(world, botId, () => directChannel(world, user.id, botId))
  const channelOf = ({ id }: { readonly id: string }): StoredChannel => {
    const channel = world.channels.get(id)
    if (!channel || channel.isDeleted) throw new Error(`there is no channel ${id}`)
    if (!may(channel, user.id, 'ViewChannel')) throw new Error(`${user.username} is not in channel ${id}`)
    return channel
  }
  const find = ({ channel_id, id }: APIMessage): StoredMessage => {
    const message = channelOf({ id: channel_id }).messages.get(id)
    if (!message || message.isDeleted) throw new Error(`there is no message ${id} in channel ${channel_id}`)
    return message
  }
  const findOwn = (message: APIMessage): StoredMessage => {
    const found = find(message)
    if (found.author.id !== user.id) throw new Error(`${user.username} did not write that message`)
    return found
  }
  const send = (to: FakeChannel, words: string, options: SendOptions): APIMessage => {
    const { replyTo, pings = true, embeds = [], files = [], date, isSilent, extra = {} } = options
    const channel = channelOf(to)
    if (channel.isLocked && !may(channel, user.id, 'ManageThreads')) throw new Error(`thread ${to.id} is locked`)
    const target = replyTo && find(replyTo)
    const mentions = findMentions(world, channel, user, words, { replyTo: pings ? target : undefined })
    const attachments = files.map((add) => add(world, channel))
    const guildId = channel.guild ? { guild_id: channel.guild.id } : {}
    const reference = target && { type: 0, message_id: target.id, channel_id: channel.id, ...guildId }
    const { flags = 0, ...more } = extra
    const fixed = { ...(reference ? { type: 19, message_reference: reference } : {}), ...more }
    const body = { content: words, embeds: [...embeds], attachments, flags, ...mentions }
    return render(world, post(world, channel, user, { body, fixed, at: date, isSilent }))
  }

  return {
    id: user.id,
    user,
    dm,
    dmWith: (bot) => viewChannel(world, bot, () => directChannel(world, user.id, bot)),
    says: (channel, words, options = {}) => send(channel, words, options),
    sends: (channel, options) => send(channel, '', options),
    forwards(message, channel, options = {}) {
      const { id, channel_id } = message
      const { content, embeds, attachments, timestamp, edited_timestamp, type } = message
      const { mentions, mention_roles } = message
      const picture = { content, embeds, attachments, timestamp, edited_timestamp, type, mentions, mention_roles }
      const extra = {
        message_reference: { type: 1, message_id: id, channel_id },
        message_snapshots: [{ message: picture }],
        flags: 1 << 14,
      } as Partial<APIMessage>
      return send(channel, '', { ...options, extra: { ...extra, ...options.extra } })
    },
    edits(message, words) {
      const found = findOwn(message)
      edit(world, found, { content: words, ...findMentions(world, found.channel, user, words) })
      return render(world, found)
    },
    getsPreview: (message, embeds) => edit(world, find(message), { embeds: [...embeds] }, false),
    deletes: (message) => remove(world, find(message)),
    reacts: (message, emoji) => react(world, find(message), user, toEmoji(emoji), true),
    unreacts: (message, emoji) => react(world, find(message), user, toEmoji(emoji), false),
    types: (channel) => showTyping(world, channelOf(channel), user),
    presses(message, label, options = {}) {
      const found = world.channels.get(message.channel_id)?.messages.get(message.id)
      if (!found) throw new Error(`there is no message ${message.id} in channel ${message.channel_id}`)
      return pressButton(world, user, found, findButton(found, label, options))
    },
    runs: (channel, command, options = {}) => runCommand(world, user, botId, channelOf(channel), command, options),
    sees(channel) {
      const stored = channelOf(channel)
      const own = [...stored.messages.values()].filter(({ onlyFor, isDeleted }) => onlyFor === user.id && !isDeleted)
      const all = [...publicMessages(stored), ...own].map((message) => render(world, message, undefined))
      return all.sort((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1))
    },
    closesDm(code = 50_007, bot = botId) {
      world.closedTo.set(bot, new Map([...(world.closedTo.get(bot) ?? []), [user.id, code]]))
    },
    opensDm(bot = botId) {
      world.closedTo.set(bot, new Map([...(world.closedTo.get(bot) ?? [])].filter(([id]) => id !== user.id)))
    },
  }
}

function toEmoji(text: string): PartialEmoji {
  const [, name, id] = /^<a?:(\w+):(\d+)>$/.exec(text) ?? []
  return name !== undefined && id !== undefined ? { id, name } : { id: null, name: text }
}
