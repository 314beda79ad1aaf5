/**
 * Cuts a text with spans into messages. No cut falls into a character, and a span that is cut is two spans; since a code
 * block is a span too, its other half is a code block.
 */
import type { ChunkMode } from '../../access/access-file.ts'
import type { RichText } from '../platform/rich-text.ts'
import { slice } from './builder.ts'

export interface ChunkOptions {
  /** UTF-16 units of one piece at most, as `measure` counts them; at least 2. */
  readonly limit: number
  readonly mode: ChunkMode
  /** How long a piece is as it is sent. Default: its text. */
  readonly measure?: (piece: RichText) => number
}

/** @returns none for a text of white space alone; what is left out between two pieces is white space */
export function splitRichText(rich: RichText, { limit, mode, measure = lengthOf }: ChunkOptions): RichText[] {
  const { text } = rich
  const pieces: RichText[] = []
  const gap = mode === 'newline' ? /\s*\n| |/y : /\s*\n|/y
  let from = 0
  while (from < text.length) {
    const { piece, to } = takePiece(rich, from, { limit, mode, measure })
    if (piece.text.trim() !== '') pieces.push(piece)
    // The end of a message is the end of a line already.
    gap.lastIndex = to
    from = to + (gap.exec(text)?.[0].length ?? 0)
  }
  return pieces
}

/** Markup takes room too, and how much is known only once it is there: then the text gets less. */
function takePiece(rich: RichText, from: number, { limit, mode, measure }: Required<ChunkOptions>): Piece {
  for (let room = limit; ; ) {
    const to = from + findCut(rich.text.slice(from, from + room + LOOK_AHEAD), room, mode)
    const piece = slice(rich, from, to)
    const size = measure(piece)
    if (size <= limit || room <= 1) return { piece, to }
    room = Math.max(1, Math.min(room - 1, Math.floor((room * limit) / size)))
  }
}

interface Piece {
  readonly piece: RichText
  readonly to: number
}

function lengthOf({ text }: RichText): number {
  return text.length
}

/** Longer than any character that people write. */
const LOOK_AHEAD = 64

/** @returns how much of `text`, at most `room`, goes into this piece; at least one whole character */
function findCut(text: string, room: number, mode: ChunkMode): number {
  if (text.length <= room) return text.length
  if (mode === 'newline') {
    const half = room / 2
    const head = text.slice(0, room + 1)
    for (const [mark, least] of [
      ['\n\n', half],
      ['\n', half],
      [' ', 0],
    ] as const) {
      const at = head.lastIndexOf(mark, room)
      if (at > least && head.slice(0, at).trim() !== '') return at
    }
  }
  return wholeCharacters(text, room)
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

function wholeCharacters(text: string, room: number): number {
  let cut = 0
  // From the start: within a row of flags nobody can tell where one begins.
  for (const { index } of segmenter.segment(text)) {
    if (index > room) break
    cut = index
  }
  if (cut > 0) return cut
  const at = isInside(text, room) ? room - 1 : room
  return at > 0 ? at : Math.min(text.length, 2)
}

/** Between the halves of a surrogate pair. */
function isInside(text: string, at: number): boolean {
  return /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(at - 1, at + 1))
}
