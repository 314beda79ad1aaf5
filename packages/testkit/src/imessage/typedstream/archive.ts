/** Writes typedstream archives (`NSArchiver`, version 4, little-endian): numbers, shared strings, classes and objects by reference. */

const SHORT = 0x81
const INT = 0x82
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
  /** Plain bytes. */
  raw(bytes: Uint8Array): void
  /** UTF-8 after its length in bytes. */
  text(words: string): void
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
  let buffer = Buffer.allocUnsafe(1024)
  let size = 0
  const strings = new Map<string, number>()
  const objects = new Map<string, number>()
  let objectCount = 0

  /** @returns where so many bytes may be written; asked for first, since the buffer may be another one then */
  const advance = (count: number): number => {
    if (size + count > buffer.length) {
      const grown = Buffer.allocUnsafe((size + count) * 2)
      buffer.copy(grown, 0, 0, size)
      buffer = grown
    }
    size += count
    return size - count
  }
  const byte = (value: number): void => {
    const at = advance(1)
    buffer[at] = value
  }
  /** One byte where that is no tag and no more; else a tag and two or four. */
  const integer = (value: number): void => {
    if (value >= FIRST_REFERENCE && value <= 127) {
      byte(value)
    } else if (value >= -0x8000 && value <= 0x7fff) {
      byte(SHORT)
      const at = advance(2)
      buffer.writeInt16LE(value, at)
    } else {
      byte(INT)
      const at = advance(4)
      buffer.writeInt32LE(value, at)
    }
  }
  const raw = (content: Uint8Array) => {
    const at = advance(content.length)
    buffer.set(content, at)
  }
  const text = (words: string): void => {
    const length = Buffer.byteLength(words)
    integer(length)
    const at = advance(length)
    buffer.write(words, at)
  }
  /** Of the two tables that references count in, objects (with classes and C strings) and strings, the number of what was there before. */
  const reference = (known: number | undefined): boolean => {
    if (known === undefined) return false
    integer(FIRST_REFERENCE + known)
    return true
  }
  const sharedString = (words: string): void => {
    if (reference(strings.get(words))) return
    strings.set(words, strings.size)
    byte(NEW)
    text(words)
  }
  const writeClass = ([first, ...parents]: ClassChain): void => {
    if (!first) {
      byte(NIL)
      return
    }
    const [name, version] = first
    if (reference(objects.get(`class ${name}`))) return
    byte(NEW)
    objects.set(`class ${name}`, objectCount++)
    sharedString(name)
    integer(version)
    writeClass(parents)
  }

  byte(4)
  text('streamtyped')
  integer(1000)
  return {
    integer,
    raw,
    text,
    type: sharedString,
    cString(words) {
      if (reference(objects.get(`string ${words}`))) return
      byte(NEW)
      objects.set(`string ${words}`, objectCount++)
      sharedString(words)
    },
    object(chain, write, identity) {
      const key = identity === undefined ? undefined : `object ${identity}`
      if (key !== undefined && reference(objects.get(key))) return
      byte(NEW)
      if (key !== undefined) objects.set(key, objectCount)
      objectCount++
      writeClass(chain)
      write()
      byte(END)
    },
    nil: () => byte(NIL),
    finish: () => Uint8Array.from(buffer.subarray(0, size)),
  }
}
