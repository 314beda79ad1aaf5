/** A Discord of the test kit as the suite for chat platforms wants it. */
import { Buffer } from 'node:buffer'
import { waitFor } from '@backchannel/testkit'
import {
  content,
  type FakeChannel,
  type FakeDiscord,
  type Person,
  startFakeDiscord,
} from '@backchannel/testkit/discord'
import type { FakeFault, FakePeople, FakePerson, FakePlatform, FakeSent } from '@backchannel/testkit/platform-contract'
import type { APIMessage } from '@discordjs/core/http-only'

export const PNG: Buffer = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAYAAAC56t6BAAAAEUlEQVR4nGP8z8DwnwEJMCJzAD3hAwHJCGQhAAAAAElFTkSuQmCC',
  'base64',
)

const person = (number: number): FakePerson => ({
  id: `2000000000000000${number}`,
  chat: `3000000000000000${number}`,
})

export const PEOPLE: FakePeople = {
  owner: person(51),
  friend: person(52),
  stranger: person(53),
  bot: person(54),
  group: '400000000000000001',
}

export interface DiscordPlatform extends FakePlatform {
  readonly discord: FakeDiscord
}

const SENDING = 'POST /channels/:channel/messages'

export async function startPlatform(): Promise<DiscordPlatform> {
  const discord = await startFakeDiscord()
  const { bot } = discord
  const { gateway } = bot
  const people = new Map<string, Person>()
  const add = (name: string, { id, chat }: FakePerson, isBot = false) => {
    people.set(id, (isBot ? bot.robot : bot.person)(name, { id, dmId: chat }))
  }
  add('Owner', PEOPLE.owner)
  add('Friend', PEOPLE.friend)
  add('Stranger', PEOPLE.stranger)
  add('Robot', PEOPLE.bot, true)
  const everybody = [...people.values()]
  const guild = bot.guild({ members: everybody })
  const group = guild.channel('general', { id: PEOPLE.group })
  const elsewhere = guild.channel('elsewhere')
  const find = (chat: string): FakeChannel | undefined =>
    chat === PEOPLE.group ? group : everybody.find(({ dm }) => dm.id === chat)?.dm
  const channelOf = (chat: string): FakeChannel => {
    const channel = find(chat)
    if (!channel) throw new Error(`there is no chat ${chat}`)
    return channel
  }
  const personOf = ({ id }: FakePerson): Person => {
    const found = people.get(id)
    if (!found) throw new Error(`there is no person ${id}`)
    return found
  }
  const files = new Map<string, string>()
  const openings = new Map<string, APIMessage>()
  /** A message of the bot that no check has asked for. */
  const opening = async (channel: FakeChannel): Promise<APIMessage> => {
    const known = openings.get(channel.id)
    if (known) return known
    const headers = { authorization: `Bot ${bot.token}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ content: 'here I am' })
    const response = await fetch(`${discord.root}/v10/channels/${channel.id}/messages`, {
      method: 'POST',
      headers,
      body,
    })
    const message = (await response.json()) as APIMessage
    openings.set(channel.id, message)
    return message
  }

  return {
    discord,
    async write({ chat, sender, text, mentions, forwardedFrom, photo }) {
      const who = personOf(sender)
      const channel = channelOf(chat)
      if (forwardedFrom !== undefined) {
        // Whose words they are is not told; the channel they came from is.
        const thread = elsewhere.thread(forwardedFrom, { by: who })
        return who.forwards(who.says(thread, text, { isSilent: true }), channel).id
      }
      // An answer to a message of ours: a name in the text would be another text than the check looks for.
      const answer = mentions ? { replyTo: await opening(channel) } : {}
      if (photo === undefined) return who.says(channel, text, answer).id
      const file = content.file(PNG, `${photo}.png`, { mime: 'image/png' })
      const sent = who.says(channel, text, { files: [file], ...answer })
      files.set(photo, sent.attachments[0]?.id ?? '')
      return sent.id
    },
    async edit({ id, chat, sender, text }) {
      const who = personOf(sender)
      const channel = channelOf(chat)
      who.edits(channel.message(id) ?? who.says(channel, 'of old', { isSilent: true }), text)
    },
    async press({ chat, messageId, sender, data }) {
      const channel = channelOf(chat)
      const there = channel.message(messageId) ?? channel.messages[0] ?? (await opening(channel))
      const pressed = personOf(sender).presses(there, data, { stale: true, forged: true })
      await waitFor(() => pressed.answer, { what: 'the answer to a button', intervalMs: 2 })
      return pressed.isEphemeral ? pressed.texts.at(-1) : undefined
    },
    sent: (chat) =>
      find(chat)
        ?.byBot.filter(({ id }) => openings.get(chat)?.id !== id)
        .map(toSent) ?? [],
    reactions: (chat, id) => channelOf(chat).reactionsOf(id),
    typed: (chat) => channelOf(chat).typing.length,
    isConfirmed(id) {
      // A heartbeat says how far the session is settled, and one comes when it is asked for.
      gateway.askHeartbeat()
      return gateway.isAcknowledged(id)
    },
    fail: (fault) => fail(discord, fault),
    holdDownload(file) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const isIt = ({ path }: { readonly path: string }) => path.includes(files.get(file) ?? `/${file}.png`)
      const held = discord.faults.add({
        kind: 'wait',
        until: promise,
        route: 'GET /attachments',
        times: 1_000,
        when: isIt,
      })
      return () => {
        held.remove()
        resolve()
      }
    },
    receivers: () => gateway.active,
    conflicts: () => Math.max(0, gateway.most - 1),
    close: () => discord.close(),
  }
}

function toSent({
  id,
  content: text,
  attachments,
  message_reference: reference,
  components = [],
}: APIMessage): FakeSent {
  const rows = components as readonly { readonly components?: readonly { readonly custom_id?: string }[] }[]
  return {
    id,
    text,
    files: attachments.map(({ filename: name, size }) => ({ name, size })),
    ...(reference?.message_id === undefined ? {} : { replyTo: reference.message_id }),
    buttons: rows.flatMap(({ components: buttons = [] }) => buttons.map(({ custom_id: data = '' }) => data)),
  }
}

function fail({ faults, bot: { gateway } }: FakeDiscord, fault: FakeFault): void {
  switch (fault.kind) {
    case 'lose-answer':
      faults.add({ kind: 'drop', after: true, route: SENDING })
      return
    case 'hang':
      faults.add({ kind: 'hang', after: true, route: SENDING })
      return
    case 'refuse':
      faults.add({ kind: 'status', status: 400, code: 50_035, message: 'Invalid Form Body', route: SENDING })
      return
    case 'throttle':
      faults.add({ kind: 'limit', retryAfter: fault.waitMs / 1000, route: SENDING, channel: fault.chat })
      return
    case 'break-receiving':
      gateway.drop()
  }
}
