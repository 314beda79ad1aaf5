/** Where a message goes: the chat, the topic and the message it replies to, or Telegram's words for why it can't. */
import type { InlineKeyboardMarkup, ReplyParameters } from 'grammy/types'
import type { AppendOptions, StoredChat, StoredMessage, World } from '../state/world.ts'
import { ApiFailure, badRequest } from '../wire/failure.ts'
import type { Parameters } from './parameters.ts'

/** @throws ApiFailure 400, 403 */
export function findChat(world: World, parameters: Parameters): StoredChat {
  const given = parameters.text('chat_id')
  if (given === '') throw badRequest('chat_id is empty')
  const stored = /^-?\d+$/.test(given) ? world.chats.get(Number(given)) : byUsername(world, given)
  if (!stored) throw badRequest('chat not found')
  if (stored.movedTo !== undefined) {
    const parameters = { migrate_to_chat_id: stored.movedTo }
    throw new ApiFailure(400, 'group chat was upgraded to a supergroup chat', parameters)
  }
  const name = `${stored.chat.type} chat`
  if (stored.bot === 'blocked') throw new ApiFailure(403, 'bot was blocked by the user')
  if (stored.bot === 'kicked') throw new ApiFailure(403, `bot was kicked from the ${name}`)
  if (stored.bot === 'left') throw new ApiFailure(403, `bot is not a member of the ${name}`)
  return stored
}

function byUsername(world: World, given: string): StoredChat | undefined {
  const wanted = given.replace(/^@/, '').toLowerCase()
  return [...world.chats.values()].find(
    ({ chat }) => chat.type === 'supergroup' && chat.username?.toLowerCase() === wanted,
  )
}

/** A message that is there. @throws ApiFailure 400 */
export function findMessage(stored: StoredChat, parameters: Parameters, purpose: string): StoredMessage {
  const id = parameters.integer('message_id')
  if (id === undefined) throw badRequest('message identifier is not specified')
  const entry = stored.messages.get(id)
  if (!entry || entry.deleted) throw badRequest(`message to ${purpose} not found`)
  return entry
}

/** @throws ApiFailure 400 */
export function findPlace(stored: StoredChat, parameters: Parameters): AppendOptions {
  const thread = parameters.integer('message_thread_id')
  if (thread !== undefined && !stored.topics.has(thread)) throw badRequest('message thread not found')
  const reply = parameters.json<ReplyParameters>('reply_parameters')
  const id = reply?.message_id ?? parameters.integer('reply_to_message_id')
  if (id === undefined) return { thread }
  const entry = stored.messages.get(id)
  if (entry && !entry.deleted) {
    const quote = reply?.quote
    const text = entry.message.text ?? entry.message.caption ?? ''
    if (quote !== undefined && !text.includes(quote)) throw badRequest('QUOTE_TEXT_INVALID')
    const taken =
      quote === undefined ? undefined : { text: quote, position: text.indexOf(quote), is_manual: true as const }
    // What replies to a message of a topic is in that topic.
    const own = entry.message.is_topic_message ? entry.message.message_thread_id : undefined
    return { thread: thread ?? own, replyTo: entry, quote: taken }
  }
  if (reply?.allow_sending_without_reply) return { thread }
  throw badRequest('message to be replied not found')
}

const MOST_BUTTONS = 100
const MOST_BUTTON_BYTES = 64

/** The inline keyboard of a message. @throws ApiFailure 400 */
export function readKeyboard(parameters: Parameters): InlineKeyboardMarkup | undefined {
  const markup = parameters.json<Partial<InlineKeyboardMarkup>>('reply_markup')
  const rows = markup?.inline_keyboard
  if (!Array.isArray(rows)) return undefined
  const buttons = rows.flat()
  if (buttons.length > MOST_BUTTONS) throw badRequest('reply markup is too long')
  for (const button of buttons) {
    if (typeof button.text !== 'string' || button.text === '')
      throw badRequest("can't parse inline keyboard button: text is empty")
    if (!('callback_data' in button)) continue
    const size = Buffer.byteLength(button.callback_data)
    if (size < 1 || size > MOST_BUTTON_BYTES) throw badRequest('BUTTON_DATA_INVALID')
  }
  return buttons.length === 0 ? undefined : { inline_keyboard: rows }
}
