/** Text with spans as Markdown again, for platforms that take that: what was cut is whole in each piece. */
import type { Entity, RichText } from '../platform/rich-text.ts'
import { isShown } from './addresses.ts'

const MARKS: Readonly<Partial<Record<Entity['kind'], string>>> = {
  bold: '**',
  italic: '*',
  underline: '__',
  strikethrough: '~~',
  spoiler: '||',
}

export function writeMarkdown(rich: RichText): string {
  const quotes = rich.entities.filter(({ kind }) => kind === 'blockquote')
  const spans = rich.entities.filter(({ kind }) => kind !== 'blockquote')
  return writeRange(rich, 0, rich.text.length, spans, quotes)
}

/** Spans lie within each other or apart, so a range is text, a span with a range in it, text, and so on. */
function writeRange(
  { text }: RichText,
  from: number,
  to: number,
  spans: readonly Entity[],
  quotes: readonly Entity[],
): string {
  let written = ''
  let at = from
  let index = 0
  const inQuote = (position: number) =>
    quotes.some(({ offset, length }) => position >= offset && position < offset + length)
  const plain = (start: number, end: number) =>
    [...text.slice(start, end).matchAll(/[^\n]*\n?/g)]
      .filter(([line]) => line !== '')
      .map((match) => {
        const position = start + match.index
        const isLineStart = position === 0 || text[position - 1] === '\n'
        return `${isLineStart && inQuote(position) ? '> ' : ''}${escapeMarkdown(match[0], isLineStart)}`
      })
      .join('')
  while (index < spans.length) {
    const span = spans[index] as Entity
    const end = span.offset + span.length
    written += plain(at, span.offset)
    const inner: Entity[] = []
    for (index += 1; index < spans.length && (spans[index] as Entity).offset < end; index += 1) {
      inner.push(spans[index] as Entity)
    }
    const words = text.slice(span.offset, end)
    const isLineStart = span.offset === 0 || text[span.offset - 1] === '\n'
    if (isLineStart && inQuote(span.offset) && span.kind !== 'pre') written += '> '
    // Within a list the block is indented, which as Markdown would be another thing.
    if (span.kind === 'pre' && !isLineStart) written += '\n'
    written += writeSpan(span, words, () => writeRange({ text, entities: [] }, span.offset, end, inner, quotes))
    at = end
    if (span.kind === 'pre' && end < to && text[end] !== '\n') written += '\n'
  }
  return written + plain(at, to)
}

function writeSpan(span: Entity, words: string, inside: () => string): string {
  if (span.kind === 'code') return writeCode(words)
  if (span.kind === 'pre') {
    const fence = longer('```', words)
    return `${fence}${span.language ?? ''}\n${words}\n${fence}`
  }
  if (span.kind === 'link') {
    const url = span.url ?? ''
    return isShown(words, url) ? words : `[${inside()}](${url.replace(/[()\s]/g, hex)})`
  }
  const mark = MARKS[span.kind] ?? ''
  // A mark beside white space is no mark.
  const written = inside()
  const [, before = '', body = '', after = ''] = /^(\s*)([\s\S]*?)(\s*)$/.exec(written) ?? []
  return body === '' ? written : `${before}${mark}${body}${mark}${after}`
}

function writeCode(words: string): string {
  const fence = longer('`', words)
  const pad = words.startsWith('`') || words.endsWith('`') ? ' ' : ''
  return `${fence}${pad}${words}${pad}${fence}`
}

/** A fence that the text does not hold. */
function longer(fence: string, text: string): string {
  let one = fence
  while (text.includes(one)) one += '`'
  return one
}

function escapeMarkdown(line: string, isLineStart: boolean): string {
  const escaped = line.replace(/[\\*_~`|[\]]/g, '\\$&')
  return isLineStart ? escaped.replace(/^(\s*)(#{1,6}\s|>|-#|[-+]\s)/, '$1\\$2') : escaped
}

function hex(character: string): string {
  return `%${character.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`
}
