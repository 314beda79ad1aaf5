/** A Telegram of the test kit as the suite for chat platforms wants it. */
import { waitFor } from '@backchannel/testkit'
import type { FakeFault, FakePeople, FakePerson, FakePlatform, FakeSent } from '@backchannel/testkit/platform-contract'
import { content, type FakeTelegram, type Group, type Person, startFakeTelegram } from '@backchannel/testkit/telegram'
import type { Message } from 'grammy/types'

export const PNG: Buffer = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAYAAAC56t6BAAAAEUlEQVR4nGP8z8DwnwEJMCJzAD3hAwHJCGQhAAAAAElFTkSuQmCC',
  'base64',
)

const person = (id: number): FakePerson => ({ id: String(id), chat: String(id) })
const GROUP = -1_000_001_234_567

export const PEOPLE: FakePeople = {
  owner: person(501),
  friend: person(502),
  stranger: person(503),
  bot: person(504),
  group: String(GROUP),
}

export interface TelegramPlatform extends FakePlatform {
  readonly telegram: FakeTelegram
}

export async function startPlatform(): Promise<TelegramPlatform> {
  const telegram = await startFakeTelegram({ privacy: false })
  const { bot } = telegram
  const people = new Map<string, Person>()
  const add = (name: string, { id }: FakePerson, isBot = false) => {
    const one = bot.person(name, { id: Number(id), is_bot: isBot })
    // A bot can only write to who has written to it.
    one.says(one.dm, '/start', { isOld: true })
    people.set(id, one)
  }
  add('Owner', PEOPLE.owner)
  add('Friend', PEOPLE.friend)
  add('Stranger', PEOPLE.stranger)
  add('Robot', PEOPLE.bot, true)
  const group = bot.group({ id: GROUP, members: [...people.values()] })
  const chats = createChats(group, people)
  const paths = new Map<string, string>()

  return {
    telegram,
    async write({ chat, sender, text, mentions, forwardedFrom, photo, album, replyTo }) {
      const who = chats.person(sender.id)
      const answered = replyTo === undefined ? undefined : chats.of(chat).message(Number(replyTo))
      const options = {
        ...(answered ? { replyTo: answered } : {}),
        extra: { ...forwardOf(forwardedFrom), ...(album === undefined ? {} : { media_group_id: album }) },
      }
      if (photo === undefined) {
        const entities = mentions ? [{ type: 'text_mention' as const, offset: 0, length: 1, user: bot.me }] : undefined
        const said = who.says(chats.of(chat), text, { ...options, ...(entities ? { entities } : {}) })
        return String(said.message_id)
      }
      const sent = who.sends(chats.of(chat), content.photo(PNG, text === '' ? {} : { caption: text }), options)
      paths.set(photo, bot.files.byId(sent.photo?.at(-1)?.file_id ?? '')?.path ?? '')
      return String(sent.message_id)
    },
    async edit({ id, chat, sender, text }) {
      const who = chats.person(sender.id)
      const written = chats.of(chat).message(Number(id)) ?? who.says(chats.of(chat), 'of old', { isOld: true })
      who.edits(written, text)
    },
    async press({ chat, messageId, sender, data }) {
      const who = chats.person(sender.id)
      const there = chats.of(chat).message(Number(messageId)) ?? chats.of(chat).messages[0]
      if (!there) throw new Error(`there is no message in chat ${chat}`)
      const id = who.presses(there, data, { forged: true })
      await waitFor(() => bot.callbacks.get(id)?.answer, { what: 'the answer to a button' })
      return bot.callbacks.get(id)?.answer?.text || undefined
    },
    sent: (chat) => (chats.has(chat) ? chats.of(chat).byBot.map(toSent) : []),
    reactions: (chat, id) => [chats.of(chat).reactionOfBot(Number(id)) ?? []].flat(),
    typed: (chat) => chats.of(chat).actions.filter(({ action }) => action === 'typing').length,
    isConfirmed(id) {
      const update = bot.updates.findLast(({ message }) => message?.message_id === Number(id))
      return update !== undefined && bot.isConfirmed(update.update_id)
    },
    fail: (fault) => fail(telegram, fault),
    holdDownload(file) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const isIt = (parameters: ReadonlyMap<string, unknown>) => parameters.get('path') === paths.get(file)
      const held = telegram.faults.add({ kind: 'wait', until: promise, method: 'file', times: 1_000, when: isIt })
      return () => {
        held.remove()
        resolve()
      }
    },
    receivers: () => bot.polls.active,
    conflicts: () => bot.polls.conflicts,
    close: () => telegram.close(),
  }
}

function createChats(group: Group, people: ReadonlyMap<string, Person>) {
  const find = (id: string) => (id === PEOPLE.group ? group.chat : people.get(id)?.dm)
  return {
    has: (id: string) => find(id) !== undefined,
    of(id: string) {
      const chat = find(id)
      if (!chat) throw new Error(`there is no chat ${id}`)
      return chat
    },
    person(id: string) {
      const found = people.get(id)
      if (!found) throw new Error(`there is no person ${id}`)
      return found
    },
  }
}

function forwardOf(name: string | undefined): Partial<Message> {
  return name === undefined ? {} : { forward_origin: { type: 'hidden_user', sender_user_name: name, date: 1 } }
}

function toSent({ message_id, text, caption, document, photo, reply_to_message, reply_markup }: Message): FakeSent {
  const files = [document, photo?.at(-1)].filter((file) => file !== undefined)
  const buttons = reply_markup?.inline_keyboard.flat() ?? []
  return {
    id: String(message_id),
    text: text ?? caption ?? '',
    files: files.map((file) => ({
      name: 'file_name' in file ? (file.file_name ?? '') : '',
      size: file.file_size ?? 0,
    })),
    ...(reply_to_message ? { replyTo: String(reply_to_message.message_id) } : {}),
    buttons: buttons.map((button) => ('callback_data' in button ? button.callback_data : '')),
  }
}

function fail({ faults, offline, online }: FakeTelegram, fault: FakeFault): void {
  const method = 'sendMessage'
  switch (fault.kind) {
    case 'lose-answer':
      faults.add({ kind: 'drop', after: true, method })
      return
    case 'hang':
      faults.add({ kind: 'hang', after: true, method })
      return
    case 'refuse':
      faults.add({ kind: 'status', status: 400, description: 'message is not for you', method })
      return
    case 'throttle': {
      const retryAfter = Math.ceil(fault.waitMs / 1000)
      const isIt = (parameters: ReadonlyMap<string, unknown>) => String(parameters.get('chat_id')) === fault.chat
      faults.add({ kind: 'status', status: 429, retryAfter, method, when: isIt })
      return
    }
    case 'break-receiving':
      faults.add({ kind: 'reset', method: 'getUpdates' })
      void offline().then(online)
  }
}
