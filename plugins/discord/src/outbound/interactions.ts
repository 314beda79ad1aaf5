/** Pressed buttons and slash commands: each gets its answer in time, seen by the one who asked and by nobody else. */
import type { ButtonPress, PlatformPorts } from '@backchannel/channel/chat'
import type { APIInteraction } from '@discordjs/core/http-only'
import type { Call } from '../api/client.ts'
import { CODES, DiscordError } from '../api/errors.ts'
import { type Channels, toChat } from '../inbound/channels.ts'
import { toUser } from '../inbound/message.ts'
import { toRows } from './send.ts'

export interface Interactions {
  take(interaction: APIInteraction): void
  /** A word to the one who pressed; without one it only ends the button's waiting. */
  answer(press: Pick<ButtonPress, 'id'>, text: string | undefined, signal: AbortSignal): Promise<void>
  close(): void
}

export interface InteractionOptions {
  readonly call: Call
  readonly channels: Channels
  readonly ports: Pick<PlatformPorts, 'pressed' | 'commanded'>
  readonly signal: AbortSignal
}

interface Waiting {
  readonly token: string
  readonly applicationId: string
  /** The first answer, which ends the waiting, where it was given before there was anything to say. */
  deferred?: Promise<void>
  timer?: NodeJS.Timeout
}

/** Discord takes the first answer within three seconds. */
const DEFER_MS = 2_000
/** Further ones it takes for a quarter of an hour. */
const FORGET_MS = 15 * 60_000
const EPHEMERAL = 1 << 6
const BUTTON = 2
const COMMAND = 2
const COMPONENT = 3
const CHAT_INPUT = 1
const STRING = 3
const MOST_UNITS = 2_000

export function createInteractions({ call, channels, ports, signal }: InteractionOptions): Interactions {
  const waiting = new Map<string, Waiting>()

  const defer = async (id: string, { token }: Waiting): Promise<void> => {
    await quietly(() =>
      call((api, ended) => api.interactions.deferMessageUpdate(id, token, {}, { signal: ended }), { signal }),
    )
  }
  const press = (interaction: Extract<APIInteraction, { type: 3 }>, chat: ButtonPress['chat']): void => {
    const { id, token, application_id: applicationId, data, message } = interaction
    const sender = senderOf(interaction)
    if (data.component_type !== BUTTON || !sender) return
    const one: Waiting = { token, applicationId }
    waiting.set(id, one)
    one.timer = setTimeout(() => {
      one.deferred = defer(id, one)
      one.timer = setTimeout(() => void waiting.delete(id), FORGET_MS).unref()
    }, DEFER_MS).unref()
    void ports.pressed({ id, chat, messageId: message.id, sender, data: data.custom_id })
  }
  const command = async (
    interaction: Extract<APIInteraction, { type: 2 }>,
    chat: ButtonPress['chat'],
  ): Promise<void> => {
    const { id, token, data } = interaction
    const sender = senderOf(interaction)
    if (data.type !== CHAT_INPUT || !sender) return
    const given = data.options?.find((one) => one.type === STRING)
    const argument = given?.type === STRING && given.value !== '' ? { argument: given.value } : {}
    const answer = await ports.commanded({ name: data.name, ...argument, chat, sender })
    // A stranger is not told that anybody is there.
    if (answer === undefined) return
    const components = answer.buttons ? { components: toRows(answer.buttons) } : {}
    const body = { content: cut(answer.text), flags: EPHEMERAL, ...components }
    await quietly(() => call((api, ended) => api.interactions.reply(id, token, body, { signal: ended }), { signal }))
  }

  return {
    take(interaction) {
      const { channel, channel_id: channelId = channel?.id, member } = interaction
      if (channelId === undefined) return
      // In a server there is a member, in a direct chat a user.
      if (channel) channels.note(channel)
      else if (!channels.peek(channelId)) channels.note({ id: channelId, type: member ? 0 : 1 })
      const known = channels.peek(channelId)
      const chat = known && toChat(known)
      if (!chat) return
      if (interaction.type === COMPONENT) press(interaction, chat)
      // Nobody waits for it here: an answer that comes too late is none, and Discord says so.
      if (interaction.type === COMMAND) command(interaction, chat).catch(() => {})
    },
    async answer({ id }, text, until) {
      const one = waiting.get(id)
      if (!one) return
      waiting.delete(id)
      clearTimeout(one.timer)
      const { token, applicationId, deferred } = one
      if (!deferred && text === undefined) return defer(id, one)
      const body = { content: cut(text ?? ''), flags: EPHEMERAL }
      await deferred
      if (!deferred) {
        await quietly(() =>
          call((api, ended) => api.interactions.reply(id, token, body, { signal: ended }), { signal: until }),
        )
      } else if (text !== undefined) {
        await quietly(() =>
          call((api, ended) => api.interactions.followUp(applicationId, token, body, { signal: ended }), {
            signal: until,
          }),
        )
      }
    },
    close() {
      for (const { timer } of waiting.values()) clearTimeout(timer)
      waiting.clear()
    },
  }
}

function senderOf({ member, user }: APIInteraction) {
  const who = member?.user ?? user
  return who && toUser(who, member?.nick)
}

function cut(text: string): string {
  return text.slice(0, MOST_UNITS).toWellFormed()
}

/** Too late, or answered before: the button waits no more. */
async function quietly(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (thrown) {
    const code = thrown instanceof DiscordError ? thrown.code : undefined
    if (code !== CODES.unknownInteraction && code !== CODES.acknowledged) throw thrown
  }
}
