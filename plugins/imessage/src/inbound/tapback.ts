/** Reactions: rows of their own, with words such as `Loved “hello”` that nobody wrote. */
import type { MessageRow } from '../database/messages.ts'

export interface Tapback {
  /** The message that it is on. */
  readonly messageId: string
  /** Empty where it was taken back. */
  readonly emoji: readonly string[]
}

const CLASSIC = ['❤️', '👍', '👎', '😂', '‼️', '❓'] as const
const ADDED = 2000
const REMOVED = 3000
const CUSTOM = 6
const STICKER = 7
/** A sticker that was put on a message without being a reaction. */
const PLACED_STICKER = 1000

/** Undefined for a message. */
export function readTapback(row: MessageRow): Tapback | undefined {
  const { associatedType: type, associatedGuid, associatedEmoji } = row
  const isRemoved = type >= REMOVED && type <= REMOVED + STICKER
  const isAdded = (type >= ADDED && type <= ADDED + STICKER) || type === PLACED_STICKER
  if (!isRemoved && !isAdded) return undefined
  // `p:0/GUID` for a part of the message, `bp:GUID` for its balloon.
  const messageId = (associatedGuid ?? '').replace(/^(?:p:\d+\/|bp:)/, '')
  if (isRemoved) return { messageId, emoji: [] }
  const kind = type === PLACED_STICKER ? STICKER : type - ADDED
  const emoji = kind === CUSTOM ? associatedEmoji : CLASSIC[kind]
  return { messageId, emoji: [emoji ?? '(sticker)'] }
}
