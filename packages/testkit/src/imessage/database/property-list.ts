/** Writes binary property lists, the form of `message_summary_info` and of balloons. */

export type PropertyValue =
  | string
  | number
  | boolean
  | Uint8Array
  | readonly PropertyValue[]
  | { readonly [key: string]: PropertyValue }

/** Whole numbers are written as integers, others as reals. */
export function encodePropertyList(value: PropertyValue): Uint8Array {
  const objects: Uint8Array[] = []
  // One byte a reference would do for small ones; two hold for every list that a message has.
  const reference = (index: number) => Uint8Array.of(index >> 8, index & 0xff)
  const add = (item: PropertyValue): number => {
    const index = objects.length
    objects.push(new Uint8Array())
    objects[index] = encode(item)
    return index
  }
  const encode = (item: PropertyValue): Uint8Array => {
    if (typeof item === 'boolean') return Uint8Array.of(item ? 0x09 : 0x08)
    if (typeof item === 'number') return Number.isInteger(item) ? integer(item) : real(item)
    if (typeof item === 'string') return string(item)
    if (item instanceof Uint8Array) return join(marker(0x40, item.length), item)
    if (Array.isArray(item)) return join(marker(0xa0, item.length), ...item.map((one) => reference(add(one))))
    const entries = Object.entries(item)
    const keys = entries.map(([key]) => reference(add(key)))
    return join(marker(0xd0, entries.length), ...keys, ...entries.map(([, one]) => reference(add(one))))
  }
  add(value)
  const header = new TextEncoder().encode('bplist00')
  const offsets: Uint8Array[] = []
  let at = header.length
  for (const object of objects) {
    offsets.push(bigEndian(at, 4))
    at += object.length
  }
  const trailer = join(
    new Uint8Array(6),
    Uint8Array.of(4, 2),
    bigEndian(objects.length, 8),
    bigEndian(0, 8),
    bigEndian(at, 8),
  )
  return join(header, ...objects, ...offsets, trailer)
}

function string(text: string): Uint8Array {
  if (/^[\x00-\x7f]*$/.test(text)) return join(marker(0x50, text.length), Buffer.from(text, 'ascii'))
  return join(marker(0x60, text.length), Buffer.from(text, 'utf16le').swap16())
}

function integer(value: number): Uint8Array {
  if (value < 0) return join(Uint8Array.of(0x13), bigEndian(value, 8))
  const size = value < 0x100 ? 0 : value < 0x10000 ? 1 : value < 2 ** 32 ? 2 : 3
  return join(Uint8Array.of(0x10 | size), bigEndian(value, 2 ** size))
}

function real(value: number): Uint8Array {
  const bytes = Buffer.alloc(9)
  bytes[0] = 0x23
  bytes.writeDoubleBE(value, 1)
  return bytes
}

function marker(kind: number, length: number): Uint8Array {
  return length < 15 ? Uint8Array.of(kind | length) : join(Uint8Array.of(kind | 0x0f), integer(length))
}

function bigEndian(value: number, size: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes.subarray(8 - size)
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}
