/** Reads the atoms of a typedstream, bounded by the bytes that there are: numbers of every length, counted bytes, tags. */

/** Why an archive could not be read to its end. */
export type ArchiveProblem = 'no-archive' | 'too-large' | 'truncated' | 'too-deep' | 'too-many-values' | 'malformed'

/** Stays inside this folder: whoever parses an archive gets the problem as a value. */
export class ArchiveError extends Error {
  readonly problem: ArchiveProblem

  constructor(problem: ArchiveProblem, detail: string) {
    super(`${problem}: ${detail}`)
    this.name = 'ArchiveError'
    this.problem = problem
  }
}

/** Bytes from -128 to -111 are tags; everything else is a number by itself. */
export const TAG = { short: -127, int: -126, real: -125, new: -124, nil: -123, end: -122, long: -121 } as const

/** References to what was there before count from here up. */
const FIRST_REFERENCE = -110

export interface Cursor {
  readonly at: number
  readonly left: number
  /** The next byte, signed, without taking it. */
  peek(): number
  /** One byte, signed. */
  byte(): number
  /** @throws ArchiveError `truncated` */
  bytes(count: number): Uint8Array
  /** A whole number behind its tag, or in the one byte. Beyond 2^53 it is rounded. */
  integer(isSigned: boolean): number
  /** A length, never negative. */
  length(): number
  /** A number with a point, or a whole one in its place. */
  real(size: 4 | 8): number
  /** What stands where a string or an object may: a new one, none, or the index of one that was there before. */
  label(): 'new' | 'nil' | number
}

export function createCursor(bytes: Uint8Array): Cursor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const advance = (count: number): number => {
    if (count > bytes.length - at) throw new ArchiveError('truncated', `${count} bytes wanted at ${at}`)
    const from = at
    at += count
    return from
  }
  const wide = (head: number, isSigned: boolean): number => {
    if (head === TAG.short) return isSigned ? view.getInt16(advance(2), true) : view.getUint16(advance(2), true)
    if (head === TAG.int) return isSigned ? view.getInt32(advance(4), true) : view.getUint32(advance(4), true)
    if (head !== TAG.long) throw new ArchiveError('malformed', `tag ${head} where a number is wanted at ${at}`)
    return Number(isSigned ? view.getBigInt64(advance(8), true) : view.getBigUint64(advance(8), true))
  }
  const integerFrom = (head: number, isSigned: boolean): number => {
    if (head < FIRST_REFERENCE) return wide(head, isSigned)
    return isSigned ? head : head & 0xff
  }
  const byte = () => view.getInt8(advance(1))
  return {
    get at() {
      return at
    },
    get left() {
      return bytes.length - at
    },
    peek() {
      const next = byte()
      at -= 1
      return next
    },
    byte,
    bytes(count) {
      const from = advance(count)
      return bytes.subarray(from, from + count)
    },
    integer: (isSigned) => integerFrom(byte(), isSigned),
    length: () => integerFrom(byte(), false),
    real(size) {
      const head = byte()
      if (head !== TAG.real) return integerFrom(head, true)
      return size === 4 ? view.getFloat32(advance(4), true) : view.getFloat64(advance(8), true)
    },
    label() {
      const head = byte()
      if (head === TAG.new) return 'new'
      if (head === TAG.nil) return 'nil'
      return integerFrom(head, true) - FIRST_REFERENCE
    },
  }
}
