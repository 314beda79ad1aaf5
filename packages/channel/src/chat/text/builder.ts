/** Text with spans, put together piece by piece; what holds for {@link RichText} holds for what it makes. */
import type { Entity, EntityKind, RichText } from '../platform/rich-text.ts'

export interface Style {
  readonly kind: EntityKind
  readonly url?: string
  readonly language?: string
}

export interface Builder {
  /** Adds text in all styles that are open now. */
  add(text: string): void
  /** Adds text in one style that holds no others and lies in none but a quote: code. */
  addAlone(text: string, style: Style): void
  /** Everything that `write` adds is in this style, unless it is already. */
  within(style: Style, write: () => void): void
  /** The text so far. */
  readonly text: string
  build(): RichText
}

export function createBuilder(): Builder {
  let text = ''
  const open: { readonly style: Style; from: number }[] = []
  const entities: Entity[] = []
  const close = ({ style, from }: { style: Style; from: number }) => {
    if (text.length > from) entities.push({ ...style, offset: from, length: text.length - from })
  }
  return {
    add(more) {
      text += more
    },
    addAlone(more, style) {
      const inline = open.filter((one) => one.style.kind !== 'blockquote')
      for (const one of inline) close(one)
      const from = text.length
      text += more
      close({ style, from })
      for (const one of inline) one.from = text.length
    },
    within(style, write) {
      if (open.some((one) => one.style.kind === style.kind)) return write()
      const span = { style, from: text.length }
      open.push(span)
      write()
      open.pop()
      close(span)
    },
    get text() {
      return text
    },
    build: () => trimmed(text, entities),
  }
}

/** White space at either end is shown by no platform, and counted by some. */
function trimmed(text: string, entities: readonly Entity[]): RichText {
  const start = text.length - text.trimStart().length
  return slice({ text, entities: sorted(entities) }, start, Math.max(start, text.trimEnd().length))
}

function sorted(entities: readonly Entity[]): Entity[] {
  return [...entities].sort((one, other) => one.offset - other.offset || other.length - one.length)
}

/** The part of a text from `from` to `to`, with the parts of its spans that lie in it. */
export function slice({ text, entities }: RichText, from: number, to: number): RichText {
  return {
    text: text.slice(from, to),
    entities: entities.flatMap((entity) => {
      const start = Math.max(entity.offset, from)
      const end = Math.min(entity.offset + entity.length, to)
      return end > start ? [{ ...entity, offset: start - from, length: end - start }] : []
    }),
  }
}
