/** Which event of the gateway is what, and where it goes: messages, edits, reactions, pressed buttons, commands, channels. */
import type { PlatformPorts, Reaction, Received } from '@backchannel/channel/chat'
import type {
  APIChannel,
  APIMessage,
  GatewayDispatchPayload,
  GatewayMessageReactionAddDispatchData,
  GatewayMessageReactionRemoveDispatchData,
} from '@discordjs/core/http-only'
import type { Call } from '../api/client.ts'
import type { Interactions } from '../outbound/interactions.ts'
import { type ChannelInfo, type Channels, toChat } from './channels.ts'
import { isSpoken, type Me, readMessage, type Surroundings, toUser } from './message.ts'

export interface UpdateOptions {
  readonly call: Call
  readonly ports: PlatformPorts
  readonly channels: Channels
  readonly interactions: Interactions
  readonly signal: AbortSignal
  me(): Me
  /** Tells the session apart, for events without an id of their own. */
  sessionId(): string
  /** A message is about to be stored. Never rejects. */
  coming(message: APIMessage, channel: ChannelInfo): Promise<void>
  /** A message is settled; `isHeard` where anything from its chat can be. */
  settled(message: APIMessage, isHeard: boolean): void
  /** Files of a message whose addresses were told. */
  seen(message: APIMessage): void
}

export interface Updates {
  /** The chat whose order an event belongs to; undefined where it can be done with at once. */
  keyOf(payload: GatewayDispatchPayload): string | undefined
  /** Milliseconds until it is to be given again; undefined once it is settled. @throws DiscordError, to be tried later */
  handle(payload: GatewayDispatchPayload): Promise<number | undefined>
  message(message: APIMessage, isEdit: boolean): Promise<number | undefined>
}

export function createUpdates(options: UpdateOptions): Updates {
  const { call, ports, channels, interactions, signal, me } = options

  const around = async (channelId: string): Promise<Surroundings | undefined> => {
    const channel = await channels.find(channelId, signal)
    if (!channel) return undefined
    const parent = channel.parentId === undefined ? undefined : channels.peek(channel.parentId)
    return { me: me(), channel, parent, nameOf: (id) => channels.peek(id)?.name }
  }
  const message = async (given: APIMessage, isEdit: boolean): Promise<number | undefined> => {
    if (given.type !== undefined && !isSpoken(given)) return undefined
    // A preview of a link was added: nobody has changed anything.
    if (isEdit && !given.edited_timestamp) return undefined
    const surroundings = await around(given.channel_id)
    if (!surroundings) return undefined
    const whole = await complete(given, isEdit)
    if (!whole || !isSpoken(whole)) return undefined
    options.seen(whole)
    if (!isEdit) await options.coming(whole, surroundings.channel)
    const received = await ports.receive(readMessage(whole, surroundings, isEdit))
    if (received.kind === 'deferred') return received.retryAfterMs
    if (!isEdit) options.settled(whole, received.kind === 'stored' || received.reason !== 'group-unknown')
    return undefined
  }
  /** The message with what it answers, where the gateway has left that out: whether we are meant may hang on it. */
  const complete = async (given: APIMessage, isEdit: boolean): Promise<APIMessage | undefined> => {
    const isPartial = given.author === undefined || given.content === undefined
    const lacksReply = given.type === 19 && given.referenced_message === undefined
    if (!isPartial && !lacksReply) return given
    const read = (id: string, where: string) =>
      call((api, ended) => api.channels.getMessage(where, id, { signal: ended }), { signal }).catch((thrown) => {
        if ((thrown as { readonly kind?: string }).kind === 'refused') return undefined
        throw thrown
      })
    if (isPartial) return read(given.id, given.channel_id)
    const { message_id: id, channel_id: where = given.channel_id } = given.message_reference ?? {}
    if (id === undefined || isEdit) return given
    return { ...given, referenced_message: (await read(id, where)) ?? null }
  }
  const reaction = async (
    data: GatewayMessageReactionAddDispatchData | GatewayMessageReactionRemoveDispatchData,
    sequence: number,
    isAdded: boolean,
  ): Promise<number | undefined> => {
    if (data.user_id === me().id) return undefined
    const channel = await channels.find(data.channel_id, signal)
    if (!channel) return undefined
    const { emoji, message_id: messageId } = data
    const member = 'member' in data ? data.member : undefined
    const name = emoji.id === null ? (emoji.name ?? '') : `:${emoji.name ?? 'emoji'}:`
    return waitOf(
      await ports.reacted({
        deliveryId: [me().id, 'reaction', options.sessionId(), sequence].join(':'),
        chat: toChat(channel),
        sender: member?.user ? toUser(member.user, member.nick) : { id: data.user_id, isBot: false },
        messageId,
        emoji: isAdded ? [name] : [],
        ts: Date.now(),
      } satisfies Reaction),
    )
  }

  return {
    message,
    keyOf({ t, d }) {
      const isOrdered =
        t === 'MESSAGE_CREATE' ||
        t === 'MESSAGE_UPDATE' ||
        t === 'MESSAGE_REACTION_ADD' ||
        t === 'MESSAGE_REACTION_REMOVE'
      return isOrdered ? d.channel_id : undefined
    },
    async handle({ t, d, s }) {
      switch (t) {
        case 'MESSAGE_CREATE':
          if (d.guild_id === undefined && d.author.id !== me().id && !channels.peek(d.channel_id)) {
            channels.noteDirect(d.channel_id, d.author.id)
          }
          return message(d, false)
        case 'MESSAGE_UPDATE':
          return message(d as APIMessage, true)
        case 'MESSAGE_REACTION_ADD':
          return reaction(d, s, true)
        case 'MESSAGE_REACTION_REMOVE':
          return reaction(d, s, false)
        case 'INTERACTION_CREATE':
          // Not waited for: whoever pressed can press again, and their answer may take a while.
          interactions.take(d)
          return undefined
        case 'GUILD_CREATE':
          for (const one of [...(d.channels ?? []), ...(d.threads ?? [])]) channels.note(one as APIChannel)
          return undefined
        case 'THREAD_LIST_SYNC':
          for (const one of d.threads) channels.note(one as APIChannel)
          return undefined
        case 'CHANNEL_CREATE':
        case 'CHANNEL_UPDATE':
        case 'THREAD_CREATE':
        case 'THREAD_UPDATE':
          channels.note(d as APIChannel)
          return undefined
        case 'CHANNEL_DELETE':
        case 'THREAD_DELETE':
          channels.forget(d.id)
          return undefined
        default:
          return undefined
      }
    },
  }
}

function waitOf(received: Received): number | undefined {
  return received.kind === 'deferred' ? received.retryAfterMs : undefined
}
