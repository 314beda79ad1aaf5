/** Reads binary property lists, bounded: each object once, whatever refers to it, and never deeper or longer than a message has them. */

export type PropertyValue =
  | string
  | number
  | boolean
  | Uint8Array
  | null
  | readonly PropertyValue[]
  | PropertyDictionary

export interface PropertyDictionary {
  readonly kind: 'dictionary'
  readonly entries: ReadonlyMap<string, PropertyValue>
}

const MOST_BYTES = 8_000_000
const MOST_OBJECTS = 20_000
const MOST_DEPTH = 32
const TRAILER_SIZE = 32

/** @returns undefined for what is no property list, or one that is damaged or out of bounds */
export function readPropertyList(bytes: Uint8Array): PropertyValue | undefined {
  if (bytes.length > MOST_BYTES || Buffer.from(bytes.subarray(0, 6)).toString('latin1') !== 'bplist') return undefined
  try {
    return read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  } catch {
    // Buffer's own checks of bounds, and the ones below.
    return undefined
  }
}

function read(bytes: Buffer): PropertyValue {
  const trailer = bytes.subarray(-TRAILER_SIZE)
  const offsetSize = trailer.readUInt8(6)
  const referenceSize = trailer.readUInt8(7)
  const count = Number(trailer.readBigUInt64BE(8))
  const table = Number(trailer.readBigUInt64BE(24))
  if (count > MOST_OBJECTS) throw new RangeError('too many objects')
  // Two objects may be the same one; without this, few bytes could stand for endlessly many.
  const known = new Map<number, PropertyValue>()
  let references = 0

  const uint = (at: number, size: number): number => {
    if (size < 1 || size > 8) throw new RangeError('size of a number')
    return size === 8 ? Number(bytes.readBigUInt64BE(at)) : size > 6 ? wide(at, size) : bytes.readUIntBE(at, size)
  }
  const wide = (at: number, size: number): number =>
    bytes.readUIntBE(at, size - 4) * 2 ** 32 + bytes.readUInt32BE(at + size - 4)
  const take = (at: number, size: number): Buffer => {
    if (size > bytes.length - at) throw new RangeError('cut short')
    return bytes.subarray(at, at + size)
  }

  const object = (index: number, depth: number): PropertyValue => {
    if (depth > MOST_DEPTH || index >= count) throw new RangeError('too deep, or no such object')
    const found = known.get(index)
    if (found !== undefined) return found
    const value = parse(uint(table + index * offsetSize, offsetSize), depth)
    known.set(index, value)
    return value
  }

  const many = (at: number, length: number, depth: number): PropertyValue[] => {
    references += length
    if (references > MOST_OBJECTS * 4) throw new RangeError('too many references')
    return Array.from({ length }, (_, item) => object(uint(at + item * referenceSize, referenceSize), depth + 1))
  }

  const parse = (at: number, depth: number): PropertyValue => {
    const marker = bytes.readUInt8(at)
    const low = marker & 0x0f
    switch (marker >> 4) {
      case 0x0:
        return low === 8 ? false : low === 9 ? true : null
      case 0x1:
        return low === 3 ? Number(bytes.readBigInt64BE(at + 1)) : uint(at + 1, 2 ** low)
      case 0x2:
        return low === 2 ? bytes.readFloatBE(at + 1) : bytes.readDoubleBE(at + 1)
      case 0x3:
        return bytes.readDoubleBE(at + 1)
      case 0x8:
        return uint(at + 1, low + 1)
    }
    const { length, start } = low === 0x0f ? longLength(at + 1) : { length: low, start: at + 1 }
    switch (marker >> 4) {
      case 0x4:
        return Uint8Array.from(take(start, length))
      case 0x5:
        return take(start, length).toString('latin1')
      case 0x6:
        return Buffer.from(take(start, length * 2))
          .swap16()
          .toString('utf16le')
      case 0xa:
      case 0xc:
        return many(start, length, depth)
      case 0xd: {
        const keys = many(start, length, depth)
        const values = many(start + length * referenceSize, length, depth)
        const entries = keys.map((key, item) => [String(key), values[item] ?? null] as const)
        return { kind: 'dictionary', entries: new Map(entries) }
      }
      default:
        throw new RangeError(`marker ${marker}`)
    }
  }

  /** From 15 on, the length is a number of its own. */
  const longLength = (at: number): { length: number; start: number } => {
    const size = 2 ** (bytes.readUInt8(at) & 0x0f)
    return { length: uint(at + 1, size), start: at + 1 + size }
  }
  return object(Number(trailer.readBigUInt64BE(16)), 0)
}
