/** The agent's Markdown in the form and the pieces that a platform takes. */
import type { ChunkMode } from '../../access/access-file.ts'
import type { PlatformLimits } from '../platform/limits.ts'
import type { RichText } from '../platform/rich-text.ts'
import { plainText } from '../platform/rich-text.ts'
import { withAddresses } from './addresses.ts'
import { splitRichText } from './chunk.ts'
import { renderMarkdown } from './markdown.ts'
import { writeMarkdown } from './write-markdown.ts'

export interface TextOptions {
  readonly form: PlatformLimits['richText']
  /** UTF-16 units of one message. */
  readonly limit: number
  readonly mode: ChunkMode
  /** Shown as it is, with no markup in it. Default false. */
  readonly isPlain?: boolean
}

/** @returns none for a text without anything that is seen */
export function renderPieces(text: string, { form, limit, mode, isPlain = false }: TextOptions): RichText[] {
  const rich = isPlain ? plainText(text) : renderMarkdown(text)
  if (form === 'entities') return splitRichText(rich, { limit, mode })
  if (form === 'plain') return splitRichText(plainText(withAddresses(rich)), { limit, mode })
  const measure = (piece: RichText) => writeMarkdown(piece).length
  return splitRichText(rich, { limit, mode, measure }).map((piece) => plainText(writeMarkdown(piece)))
}
