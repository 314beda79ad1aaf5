/** What each channel is: a direct chat and with whom, a thread and of which channel; from the gateway, else asked for once. */
import type { Chat, Place } from '@backchannel/channel/chat'
import type { APIChannel } from '@discordjs/core/http-only'
import type { Call } from '../api/client.ts'
import { DiscordError } from '../api/errors.ts'

export interface ChannelInfo {
  readonly id: string
  readonly isDirect: boolean
  /** Of a thread: the channel it belongs to. */
  readonly parentId?: string
  readonly name?: string
  /** Of a direct chat: with whom. */
  readonly recipient?: string
  /** The last message in it, as far as it was told. */
  readonly lastMessageId?: string
}

export interface Channels {
  /** Told by the gateway, whole or in part. */
  note(channel: Partial<APIChannel> & { readonly id: string }): void
  /** With whom a direct chat is. */
  noteDirect(id: string, recipient: string): void
  forget(id: string): void
  peek(id: string): ChannelInfo | undefined
  /** @returns undefined for one that there is not, or that the bot does not see. @throws DiscordError */
  find(id: string, signal: AbortSignal): Promise<ChannelInfo | undefined>
  /** The direct chat with somebody, where one is known. */
  directWith(recipient: string): string | undefined
  all(): Iterable<ChannelInfo>
  /** Those with whom direct chats are, by chat; to be kept for the next process. */
  directs(): Readonly<Record<string, string>>
}

const DIRECT = 1
const THREADS: ReadonlySet<number> = new Set([10, 11, 12])
const MOST_CHANNELS = 20_000

export function createChannels(call: Call): Channels {
  const known = new Map<string, ChannelInfo>()
  const asked = new Map<string, Promise<ChannelInfo | undefined>>()
  const keep = (info: ChannelInfo): ChannelInfo => {
    known.delete(info.id)
    known.set(info.id, info)
    const [oldest] = known.keys()
    if (known.size > MOST_CHANNELS && oldest !== undefined) known.delete(oldest)
    return info
  }
  const ask = async (id: string, signal: AbortSignal): Promise<ChannelInfo | undefined> => {
    try {
      const channel = await call((api, ended) => api.channels.get(id, { signal: ended }), { signal })
      return keep(readChannel(channel, known.get(id)))
    } catch (thrown) {
      // No such channel, no access to it, or no id at all.
      if (thrown instanceof DiscordError && thrown.kind === 'refused') return undefined
      throw thrown
    }
  }
  return {
    note: (channel) => void keep(readChannel(channel, known.get(channel.id))),
    noteDirect: (id, recipient) => void keep({ ...known.get(id), id, isDirect: true, recipient }),
    forget: (id) => void known.delete(id),
    peek: (id) => known.get(id),
    async find(id, signal) {
      const info = known.get(id)
      if (info && (!info.isDirect || info.recipient !== undefined)) return info
      const asking = asked.get(id) ?? ask(id, signal)
      asked.set(id, asking)
      try {
        return await asking
      } finally {
        if (asked.get(id) === asking) asked.delete(id)
      }
    },
    directWith: (recipient) => [...known.values()].find((info) => info.isDirect && info.recipient === recipient)?.id,
    all: () => known.values(),
    directs: () =>
      Object.fromEntries(
        [...known.values()].flatMap(({ id, recipient }) => (recipient === undefined ? [] : [[id, recipient]])),
      ),
  }
}

/** What an update leaves out stays as it was. */
function readChannel(channel: Partial<APIChannel> & { readonly id: string }, before?: ChannelInfo): ChannelInfo {
  const { id, type } = channel
  const name = 'name' in channel ? channel.name : undefined
  const parent = 'parent_id' in channel && type !== undefined && THREADS.has(type) ? channel.parent_id : undefined
  const recipient = 'recipients' in channel ? channel.recipients?.[0]?.id : undefined
  const last = 'last_message_id' in channel ? channel.last_message_id : undefined
  return {
    ...before,
    id,
    isDirect: type === undefined ? before?.isDirect === true : type === DIRECT,
    ...(name ? { name } : {}),
    ...(parent ? { parentId: parent } : {}),
    ...(recipient ? { recipient } : {}),
    ...(last ? { lastMessageId: last } : {}),
  }
}

export function toChat({ id, isDirect, parentId, name }: ChannelInfo): Chat {
  if (isDirect) return { id, kind: 'direct' }
  return { id, kind: 'group', ...(name === undefined ? {} : { title: name }), ...(parentId ? { parentId } : {}) }
}

/** A place as the kit's gate asks for it. */
export function toPlace({ id, isDirect, parentId, recipient }: ChannelInfo): Place {
  return {
    chat: id,
    ...(parentId === undefined ? {} : { parent: parentId }),
    ...(isDirect ? { sender: recipient } : {}),
  }
}
