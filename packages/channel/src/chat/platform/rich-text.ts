/** Text with spans beside it: no markup inside the text, so nothing has to be escaped and nothing can be broken. */

/** `pre` has a language in `language`, `link` an absolute address in `url`. */
export type EntityKind =
  | 'bold'
  | 'italic'
  | 'underline'
  | 'strikethrough'
  | 'spoiler'
  | 'code'
  | 'pre'
  | 'link'
  | 'blockquote'

export interface Entity {
  readonly kind: EntityKind
  /** In UTF-16 units, from the start of the text. */
  readonly offset: number
  /** In UTF-16 units, at least 1; the span neither begins nor ends within a surrogate pair. */
  readonly length: number
  readonly url?: string
  readonly language?: string
}

/**
 * Entities are in order of `offset`, the longer first; two of them lie within each other or apart, never across; `code`
 * and `pre` hold no others and lie in none but a `blockquote`.
 */
export interface RichText {
  readonly text: string
  readonly entities: readonly Entity[]
}

export function plainText(text: string): RichText {
  return { text, entities: [] }
}
