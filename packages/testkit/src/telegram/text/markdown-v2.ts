/** `parse_mode: MarkdownV2` as Telegram reads it: what is not escaped and not markup is an error. */
import type { MessageEntity } from 'grammy/types'
import { badRequest } from '../wire/failure.ts'
import type { FormattedText } from './entities.ts'

type Style = 'bold' | 'italic' | 'underline' | 'strikethrough' | 'spoiler'

const RESERVED = '_*[]()~`>#+-=|{}.!'
/** Longer marks first. */
const MARKS: readonly (readonly [mark: string, style: Style])[] = [
  ['__', 'underline'],
  ['||', 'spoiler'],
  ['*', 'bold'],
  ['_', 'italic'],
  ['~', 'strikethrough'],
]

/** @throws ApiFailure 400 "can't parse entities: …" */
export function parseMarkdownV2(source: string): FormattedText {
  const entities: MessageEntity[] = []
  const open: { readonly style: Style | 'link'; readonly offset: number; readonly at: number }[] = []
  let text = ''
  let at = 0
  while (at < source.length) {
    const char = source.charAt(at)
    if (char === '\\' && at + 1 < source.length) {
      text += source.charAt(at + 1)
      at += 2
      continue
    }
    if (char === '`') {
      const code = readCode(source, at)
      if (code.text !== '') entities.push({ ...code.entity, offset: text.length, length: code.text.length })
      text += code.text
      at = code.end
      continue
    }
    const mark = MARKS.find(([sign]) => source.startsWith(sign, at))
    if (mark) {
      const [sign, style] = mark
      const last = open.at(-1)
      if (last?.style === style) {
        open.pop()
        if (text.length > last.offset)
          entities.push({ type: style, offset: last.offset, length: text.length - last.offset })
      } else if (open.some((one) => one.style === style)) {
        throw unparsable(`Can't find end of ${last?.style} entity at byte offset ${last?.at}`)
      } else {
        open.push({ style, offset: text.length, at })
      }
      at += sign.length
      continue
    }
    if (char === '[') {
      open.push({ style: 'link', offset: text.length, at })
      at += 1
      continue
    }
    if (char === ']' && open.at(-1)?.style === 'link') {
      const offset = open.pop()?.offset ?? 0
      const target = /^\]\(((?:\\.|[^)\\])*)\)/.exec(source.slice(at))
      if (target) {
        const url = (target[1] ?? '').replace(/\\(.)/g, '$1')
        if (text.length > offset) entities.push({ type: 'text_link', offset, length: text.length - offset, url })
        at += target[0].length
      } else {
        at += 1
      }
      continue
    }
    if (RESERVED.includes(char)) throw reserved(char)
    text += char
    at += 1
  }
  const left = open.at(-1)
  if (left) throw unparsable(`Can't find end of ${left.style} entity at byte offset ${left.at}`)
  return { text, entities: entities.sort((one, other) => one.offset - other.offset || other.length - one.length) }
}

interface Code {
  readonly text: string
  readonly entity: { readonly type: 'code' } | { readonly type: 'pre'; readonly language?: string }
  readonly end: number
}

function readCode(source: string, at: number): Code {
  const sign = source.startsWith('```', at) ? '```' : '`'
  let body = ''
  let end = at + sign.length
  while (!source.startsWith(sign, end)) {
    if (end >= source.length)
      throw unparsable(`Can't find end of ${sign === '`' ? 'code' : 'pre'} entity at byte offset ${at}`)
    if (source.charAt(end) === '\\' && end + 1 < source.length) end += 1
    body += source.charAt(end)
    end += 1
  }
  end += sign.length
  if (sign === '`') return { text: body, entity: { type: 'code' }, end }
  const language = /^([\w+#.-]+)\n/.exec(body)?.[1]
  const text = language === undefined ? body.replace(/^\n/, '') : body.slice(language.length + 1)
  return { text, entity: { type: 'pre', ...(language === undefined ? {} : { language }) }, end }
}

function reserved(char: string): Error {
  return unparsable(`Character '${char}' is reserved and must be escaped with the preceding '\\'`)
}

function unparsable(why: string): Error {
  return badRequest(`can't parse entities: ${why}`)
}
