/** What happens to a message that is there: reactions, edits, unsending. */
import { toAppleSeconds, toAppleTime } from '../database/dates.ts'
import { encodePropertyList, type PropertyValue } from '../database/property-list.ts'
import type { World } from '../state.ts'
import { encodeAttributedBody } from '../typedstream/attributed-body.ts'
import { sticker } from './content.ts'
import { type FakeMessage, type WriteOptions, writeMessage } from './write.ts'

/** The six classic ones, any emoji, or a sticker put on the message. */
export type Tapback = keyof typeof CLASSIC | { readonly emoji: string } | 'sticker'

/** Added is 2000 and up, removed 3000 and up; the words are what a device without tapbacks shows. */
const CLASSIC = {
  love: { type: 0, added: 'Loved', removed: 'Removed a heart from' },
  like: { type: 1, added: 'Liked', removed: 'Removed a like from' },
  dislike: { type: 2, added: 'Disliked', removed: 'Removed a dislike from' },
  laugh: { type: 3, added: 'Laughed at', removed: 'Removed a laugh from' },
  emphasize: { type: 4, added: 'Emphasized', removed: 'Removed an exclamation from' },
  question: { type: 5, added: 'Questioned', removed: 'Removed a question mark from' },
} as const

export interface TapbackOptions extends WriteOptions {
  readonly isRemoved?: boolean
  /** Which part of the message; default 0. `bubble`: the whole balloon, as on links and apps. */
  readonly part?: number | 'bubble'
}

/** Who does it, as a row names them. */
export interface Author {
  readonly isFromMe: boolean
  readonly handle: string | undefined
  readonly address: string | undefined
}

export function writeTapback(
  world: World,
  author: Author,
  target: FakeMessage,
  tapback: Tapback,
  { isRemoved = false, part = 0, ...options }: TapbackOptions,
): FakeMessage {
  const kind = typeof tapback === 'string' && tapback !== 'sticker' ? CLASSIC[tapback] : undefined
  const emoji = typeof tapback === 'object' ? tapback.emoji : undefined
  const type = kind?.type ?? (emoji === undefined ? 7 : 6)
  const quoted = target.text === '\ufffc' ? 'an image' : `“${target.text}”`
  const words = kind
    ? `${isRemoved ? kind.removed : kind.added} ${quoted}`
    : isRemoved
      ? `Removed a ${emoji ?? 'sticker'} from ${quoted}`
      : `Reacted ${emoji ?? 'with a sticker'} to ${quoted}`
  const isSticker = tapback === 'sticker' && !isRemoved
  return writeMessage(world, {
    ...author,
    ...options,
    chat: target.chat,
    words: isSticker ? '' : words,
    files: isSticker ? (options.files ?? [sticker()]) : [],
    extra: {
      associated_message_guid: part === 'bubble' ? `bp:${target.guid}` : `p:${part}/${target.guid}`,
      associated_message_type: (isRemoved ? 3000 : 2000) + type,
      associated_message_emoji: emoji ?? null,
      associated_message_range_location: 0,
      associated_message_range_length: target.text.length,
      ...options.extra,
    },
  })
}

/** What Messages keeps of each edit, by the row: what it was at first and after each one. */
const histories = new WeakMap<World, Map<number, { d: number; t: Uint8Array }[]>>()

function historyOf(world: World, message: FakeMessage): { d: number; t: Uint8Array }[] {
  const all = histories.get(world) ?? new Map()
  histories.set(world, all)
  const history = all.get(message.rowId) ?? [{ d: toAppleSeconds(message.date), t: encodeAttributedBody(message.text) }]
  all.set(message.rowId, history)
  return history
}

/** The words of its one part change; the row stays the same. */
export function editMessage(world: World, message: FakeMessage, words: string): FakeMessage {
  const body = encodeAttributedBody(words)
  const now = world.now()
  const history = historyOf(world, message)
  history.push({ d: toAppleSeconds(now), t: body })
  const summary: PropertyValue = {
    ams: '',
    amc: 0,
    ust: true,
    ec: { '0': history },
    ep: [0],
    otr: { '0': { lo: 0, le: message.text.length } },
  }
  update(world, message, {
    text: null,
    attributedBody: body,
    date_edited: toAppleTime(now),
    message_summary_info: summary,
  })
  return { ...message, text: words }
}

/** `marks: 'retracted'` sets `date_retracted` too. */
export function unsendMessage(
  world: World,
  message: FakeMessage,
  { marks = 'edited' }: { marks?: 'edited' | 'retracted' },
): void {
  const now = toAppleTime(world.now())
  const summary: PropertyValue = { ust: true, rp: [0], otr: { '0': { lo: 0, le: message.text.length } } }
  const columns = { text: null, attributedBody: null, date_edited: now, message_summary_info: summary }
  update(world, message, marks === 'retracted' ? { ...columns, date_retracted: now } : columns)
}

function update(
  { database }: World,
  { rowId }: FakeMessage,
  columns: Readonly<Record<string, Uint8Array | bigint | null | PropertyValue>>,
): void {
  const names = Object.keys(columns)
  const values = Object.entries(columns).map(([name, value]) =>
    name === 'message_summary_info'
      ? encodePropertyList(value as PropertyValue)
      : (value as Uint8Array | bigint | null),
  )
  database.run(`UPDATE message SET ${names.map((name) => `${name} = ?`).join(', ')} WHERE ROWID = ?`, ...values, rowId)
}
