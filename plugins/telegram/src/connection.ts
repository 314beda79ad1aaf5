/** The connection to Telegram: what is sent works from the start, what comes in comes once the account is held. */
import type { Log } from '@backchannel/channel'
import {
  type Account,
  type Connection,
  type MessageTarget,
  PlatformError,
  type PlatformPorts,
} from '@backchannel/channel/chat'
import type { ReactionTypeEmoji, UserFromGetMe } from 'grammy/types'
import type { Call } from './api/client.ts'
import { TelegramError } from './api/errors.ts'
import type { Config } from './config.ts'
import { download } from './outbound/download.ts'
import { toEntities } from './outbound/entities.ts'
import { movedTo, send, toKeyboard } from './outbound/send.ts'
import type { Pace } from './polling/poller.ts'
import { startReceiving } from './polling/receive.ts'

const MOST_TOAST = 200

export interface ConnectionOptions {
  readonly call: Call
  readonly config: Config
  readonly ports: PlatformPorts
  readonly session: AbortSignal
  readonly log: Log
  readonly pace?: Pace | undefined
}

export function createConnection({ call, config, ports, session, log, pace }: ConnectionOptions): Connection {
  /** Groups that became supergroups, by their old ids. */
  const moved = new Map<string, string>()
  let me: UserFromGetMe | undefined
  let receiving: { close(): Promise<void> } | undefined
  const chatId = (id: string) => moved.get(id) ?? id

  /** Once more for a group that has moved: nothing was sent where it was. */
  const following = async <T>(id: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (thrown) {
      const next = movedTo(thrown)
      if (next === undefined || moved.has(id)) throw thrown
      moved.set(id, next)
      ports.moved({ fromId: id, toId: next })
      return work()
    }
  }

  return {
    // What stands before the colon of a token is the bot's id, which everybody may know.
    account: config.token?.split(':')[0] ?? '',
    me: () => (me ? toAccount(me) : undefined),
    listen() {
      receiving ??= startReceiving({
        call,
        config,
        session,
        log,
        pace,
        ports: {
          ...ports,
          moved(chat) {
            moved.set(chat.fromId, chat.toId)
            ports.moved(chat)
          },
        },
        met: (account) => {
          me = account
        },
      })
    },
    async place(id) {
      if (!/^-?\d{1,20}$/.test(id)) return undefined
      return id.startsWith('-') ? { chat: id } : { chat: id, sender: id }
    },
    send: (message, signal) => following(message.chatId, () => send({ call, chatId }, message, signal)),
    async edit(target, { text, buttons }, signal) {
      const entities = toEntities(text.entities)
      const options = { entities, ...(buttons ? { reply_markup: toKeyboard(buttons) } : {}) }
      const work = () => {
        return call(
          (api, ended) => api.editMessageText(chatId(target.chatId), messageId(target), text.text, options, ended),
          { signal },
        )
      }
      await ignoring(/message is not modified/, () => following(target.chatId, work))
    },
    async react(target, emoji, signal) {
      // Telegram's list has no variation selectors, which keyboards add.
      const plain = emoji?.replaceAll('\uFE0F', '') as ReactionTypeEmoji['emoji'] | undefined
      const reaction = plain === undefined ? [] : [{ type: 'emoji' as const, emoji: plain }]
      await following(target.chatId, () =>
        call((api, ended) => api.setMessageReaction(chatId(target.chatId), messageId(target), reaction, {}, ended), {
          signal,
        }),
      )
    },
    async typing({ chatId: id, threadId }, signal) {
      const other = threadId === undefined ? {} : { message_thread_id: Number(threadId) }
      await call((api, ended) => api.sendChatAction(chatId(id), 'typing', other, ended), { signal })
    },
    download: ({ fileId }, signal) => download(call, config, fileId, signal),
    async answerPress({ id }, text, signal) {
      const other = text === undefined ? {} : { text: text.slice(0, MOST_TOAST).toWellFormed() }
      // Too late, or answered before: the button waits no more.
      await ignoring(/query is too old/, () =>
        call((api, ended) => api.answerCallbackQuery(id, other, ended), { signal }),
      )
    },
    close: async () => receiving?.close(),
  }
}

function messageId({ messageId: id }: MessageTarget): number {
  const number = Number(id)
  if (Number.isSafeInteger(number) && number > 0) return number
  throw new PlatformError(`"${id.slice(0, 40)}" is no message id of Telegram`, { kind: 'refused' })
}

function toAccount({ id, first_name, username }: UserFromGetMe): Account {
  return { id: String(id), name: first_name, handle: username }
}

async function ignoring(pattern: RegExp, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (thrown) {
    if (!(thrown instanceof TelegramError) || !pattern.test(thrown.description)) throw thrown
  }
}
