/** Threads: one that starts from a message has that message's id. */
import type { APIUser } from 'discord-api-types/v10'
import { addChannel, tellThread } from './channels.ts'
import { append } from './messages.ts'
import { post } from './posting.ts'
import type { StoredChannel, StoredMessage, World } from './world.ts'

export interface NewThread {
  readonly name: string
  readonly by: APIUser
  /** 11 public (default), 12 private. */
  readonly type?: 11 | 12
  /** The message it starts from. */
  readonly from?: StoredMessage | undefined
  readonly id?: string | undefined
}

const THREAD_CREATED = 18
const STARTER = 21

export function startThread(world: World, parent: StoredChannel, options: NewThread): StoredChannel {
  const { name, by, type = 11, from, id } = options
  const { guild } = parent
  const thread = addChannel(world, { id: from?.id ?? id, type, name, guild, parent, ownerId: by.id })
  tellThread(world, 'THREAD_CREATE', thread)
  const guildId = guild ? { guild_id: guild.id } : {}
  if (from) {
    const reference = { type: 0, message_id: from.id, channel_id: parent.id, ...guildId }
    append(world, thread, from.author, { body: {}, fixed: { type: STARTER, message_reference: reference } })
  } else if (type === 11) {
    const reference = { type: 0, channel_id: thread.id, ...guildId }
    post(world, parent, by, { body: { content: name }, fixed: { type: THREAD_CREATED, message_reference: reference } })
  }
  return thread
}
