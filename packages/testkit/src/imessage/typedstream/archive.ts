/** Writes typedstream archives (`NSArchiver`, version 4, little-endian): numbers, shared strings, classes and objects by reference. */

const NEW = 0x84
const NIL = 0x85
const END = 0x86
/** References count from here up, as signed numbers: 0x92, 0x93, …, then with the tag of two bytes. */
const FIRST_REFERENCE = -110

/** A class and its versions, up to the root: `[['NSString', 1], ['NSObject', 0]]`. */
export type ClassChain = readonly (readonly [name: string, version: number])[]

export interface Archive {
  /** A signed number of at most 32 bits in as many bytes as it needs: one, or a tag and two or four. */
  integer(value: number): void
  /** Plain bytes after their length. */
  counted(bytes: Uint8Array): void
  /** Plain bytes. */
  raw(bytes: Uint8Array): void
  /** The type of what follows, by reference where it was written before. */
  type(encoding: string): void
  /** A C string, by reference where it was written before. */
  cString(text: string): void
  /** An object; `write` puts what it holds. One with an `identity` that was written before becomes a reference to that. */
  object(chain: ClassChain, write: () => void, identity?: string): void
  nil(): void
  finish(): Uint8Array
}

export function createArchive(): Archive {
  const parts: Uint8Array[] = []
  const strings = new Map<string, number>()
  const objects = new Map<string, number>()
  let objectCount = 0
  const encoder = new TextEncoder()

  const bytes = (...values: number[]) => void parts.push(Uint8Array.from(values))
  const integer = (value: number): void => void parts.push(encodeInteger(value))
  const counted = (content: Uint8Array): void => {
    integer(content.length)
    parts.push(content)
  }
  /** Of the two tables that references count in, objects (with classes and C strings) and strings, the number of what was there before. */
  const reference = (known: number | undefined): boolean => {
    if (known === undefined) return false
    integer(FIRST_REFERENCE + known)
    return true
  }
  const sharedString = (text: string): void => {
    if (reference(strings.get(text))) return
    strings.set(text, strings.size)
    bytes(NEW)
    counted(encoder.encode(text))
  }
  const writeClass = ([first, ...parents]: ClassChain): void => {
    if (!first) {
      bytes(NIL)
      return
    }
    const [name, version] = first
    if (reference(objects.get(`class ${name}`))) return
    bytes(NEW)
    objects.set(`class ${name}`, objectCount++)
    sharedString(name)
    integer(version)
    writeClass(parents)
  }

  bytes(4)
  counted(encoder.encode('streamtyped'))
  integer(1000)
  return {
    integer,
    counted,
    raw: (content) => void parts.push(content),
    type: sharedString,
    cString(text) {
      if (reference(objects.get(`string ${text}`))) return
      bytes(NEW)
      objects.set(`string ${text}`, objectCount++)
      sharedString(text)
    },
    object(chain, write, identity) {
      const key = identity === undefined ? undefined : `object ${identity}`
      if (key !== undefined && reference(objects.get(key))) return
      bytes(NEW)
      if (key !== undefined) objects.set(key, objectCount)
      objectCount++
      writeClass(chain)
      write()
      bytes(END)
    },
    nil: () => bytes(NIL),
    finish: () => new Uint8Array(Buffer.concat(parts)),
  }
}

/** One byte where that is no tag and no more; else a tag and two or four. */
function encodeInteger(value: number): Uint8Array {
  if (value >= FIRST_REFERENCE && value <= 127) return Uint8Array.of(value & 0xff)
  const isShort = value >= -0x8000 && value <= 0x7fff
  const buffer = Buffer.alloc(isShort ? 3 : 5)
  buffer[0] = isShort ? 0x81 : 0x82
  if (isShort) buffer.writeInt16LE(value, 1)
  else buffer.writeInt32LE(value, 1)
  return buffer
}
