/** Entities of a message: what Telegram refuses, what it finds by itself, and how it trims a text. Offsets are UTF-16. */
import type { MessageEntity } from 'grammy/types'
import { badRequest } from '../wire/failure.ts'

export interface FormattedText {
  readonly text: string
  readonly entities: readonly MessageEntity[]
}

/** Cannot hold another entity. */
const OPAQUE: ReadonlySet<string> = new Set(['code', 'pre'])

/**
 * Stricter than Telegram, which cuts some of these to what fits: a client that sends them has counted wrong.
 * @throws ApiFailure 400
 */
export function assertEntities({ text, entities }: FormattedText): void {
  const sorted = [...entities].sort((one, other) => one.offset - other.offset || other.length - one.length)
  const open: MessageEntity[] = []
  for (const entity of sorted) {
    const { offset, length, type } = entity
    const end = offset + length
    if (!Number.isInteger(offset) || !Number.isInteger(length) || offset < 0 || length < 1 || end > text.length) {
      throw badRequest(`ENTITY_BOUNDS_INVALID: ${type} at ${offset}+${length} of ${text.length}`)
    }
    if (isInsidePair(text, offset) || isInsidePair(text, end)) {
      throw badRequest(`ENTITY_BOUNDS_INVALID: ${type} at ${offset}+${length} cuts a surrogate pair`)
    }
    if (type === 'text_link' && !/^(?:https?|tg|mailto|tel|ton):/.test(entity.url))
      throw badRequest('ENTITY_URL_INVALID')
    while (open.at(-1) && ends(open.at(-1)) <= offset) open.pop()
    const outer = open.at(-1)
    if (outer && ends(outer) < end) throw badRequest(`ENTITY_BOUNDS_INVALID: ${outer.type} and ${type} cross`)
    if (outer && OPAQUE.has(outer.type)) throw badRequest(`ENTITY_BOUNDS_INVALID: ${outer.type} holds ${type}`)
    open.push(entity)
  }
}

function ends(entity: MessageEntity | undefined): number {
  return entity ? entity.offset + entity.length : 0
}

function isInsidePair(text: string, at: number): boolean {
  return /[\uD800-\uDBFF]/.test(text.charAt(at - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(at))
}

/** Telegram takes white space off both ends and moves the entities with it. */
export function trimText({ text, entities }: FormattedText): FormattedText {
  const start = text.length - text.trimStart().length
  const trimmed = text.trim()
  const kept = entities.flatMap((entity) => {
    const from = Math.max(entity.offset - start, 0)
    const to = Math.min(entity.offset + entity.length - start, trimmed.length)
    return to > from ? [{ ...entity, offset: from, length: to - from }] : []
  })
  return { text: trimmed, entities: kept }
}

const FOUND: readonly (readonly [type: 'mention' | 'bot_command' | 'url' | 'hashtag', pattern: RegExp])[] = [
  ['bot_command', /(?<![^\s])\/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?/g],
  ['mention', /(?<![\w@])@\w{3,32}/g],
  ['url', /https?:\/\/[^\s<>"]+/g],
  ['hashtag', /(?<![\w#])#\w+/g],
]

/** What Telegram marks in a text by itself: commands, mentions, links, hashtags. */
export function findEntities(text: string): MessageEntity[] {
  const found = FOUND.flatMap(([type, pattern]) =>
    [...text.matchAll(pattern)].map(
      ({ index, 0: match }): MessageEntity => ({
        type,
        offset: index,
        length: match.length,
      }),
    ),
  )
  return found.sort((one, other) => one.offset - other.offset)
}
