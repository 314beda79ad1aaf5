/** Reads a typedstream archive (`NSArchiver`, little-endian) into objects, whatever their classes are. */
import { ArchiveError, type Cursor, createCursor, TAG } from './cursor.ts'

/** Strings are C strings; bytes are unshared strings and arrays of characters. */
export type ArchivedValue =
  | number
  | string
  | Uint8Array
  | ArchivedObject
  | ArchivedClass
  | readonly ArchivedValue[]
  | undefined

export interface ArchivedClass {
  readonly kind: 'class'
  /** The class and those it comes from, up to the root. */
  readonly names: readonly string[]
}

export interface ArchivedObject {
  readonly kind: 'object'
  readonly names: readonly string[]
  /** Everything in it, in order, whatever groups it was written in. */
  readonly contents: readonly ArchivedValue[]
}

const MOST_DEPTH = 64
/** A body with 500 runs has some 5,000. */
const MOST_VALUES = 200_000
const MOST_TYPE_LENGTH = 256
const MOST_CLASSES_IN_A_CHAIN = 32

/**
 * @param onObject is told of each object as soon as it begins; what it holds fills up later. So what could be read of a damaged archive
 *   is known even so.
 * @throws ArchiveError
 */
export function unarchive(bytes: Uint8Array, onObject?: (object: ArchivedObject) => void): ArchivedValue {
  const cursor = createCursor(bytes)
  if (bytes[0] !== 4 || bytes[1] !== 11) throw new ArchiveError('no-archive', 'it does not begin as one')
  cursor.bytes(2)
  if (latin1(cursor.bytes(11)) !== 'streamtyped') throw new ArchiveError('no-archive', 'no signature')
  cursor.integer(false)
  return createReader(cursor, bytes.length, onObject).group()[0]
}

function createReader(cursor: Cursor, size: number, onObject: ((object: ArchivedObject) => void) | undefined) {
  const strings: string[] = []
  const known: (string | ArchivedObject | ArchivedClass)[] = []
  const typesOf = new Map<string, readonly string[]>()
  // Each value takes a byte at least, but for types that say they take none: more than there are bytes can't be right.
  let budget = Math.min(size + MOST_DEPTH, MOST_VALUES)

  /** @returns undefined for nil */
  const sharedString = (): string | undefined => {
    const label = cursor.label()
    if (label === 'nil') return undefined
    if (label === 'new') {
      strings.push(latin1(cursor.bytes(cursor.length())))
      return strings.at(-1)
    }
    const text = strings[label]
    if (text === undefined) throw new ArchiveError('malformed', `no string ${label} at ${cursor.at}`)
    return text
  }

  const recall = (label: number): string | ArchivedObject | ArchivedClass => {
    const found = known[label]
    if (found === undefined) throw new ArchiveError('malformed', `no object ${label} at ${cursor.at}`)
    return found
  }

  const readClass = (): ArchivedClass | undefined => {
    const fresh: { kind: 'class'; names: string[] }[] = []
    let rest: readonly string[] = []
    for (;;) {
      const label = cursor.label()
      if (label === 'nil') break
      if (label !== 'new') {
        const found = recall(label)
        if (typeof found === 'string' || found.kind !== 'class')
          throw new ArchiveError('malformed', `${label} is no class`)
        if (fresh.length === 0) return found
        rest = found.names
        break
      }
      if (fresh.length === MOST_CLASSES_IN_A_CHAIN) throw new ArchiveError('too-deep', 'a class with so many parents')
      const one = { kind: 'class' as const, names: [sharedString() ?? ''] }
      cursor.integer(true)
      fresh.push(one)
      known.push(one)
    }
    for (const one of fresh.toReversed()) {
      one.names.push(...rest)
      rest = one.names
    }
    return fresh[0]
  }

  const readObject = (depth: number): ArchivedValue => {
    const label = cursor.label()
    if (label === 'nil') return undefined
    if (label !== 'new') return recall(label)
    // Its number is given before its class gets one.
    const contents: ArchivedValue[] = []
    const object = { kind: 'object' as const, names: [] as readonly string[], contents }
    known.push(object)
    object.names = readClass()?.names ?? []
    onObject?.(object)
    while (cursor.peek() !== TAG.end) contents.push(...group(depth + 1))
    cursor.byte()
    return object
  }

  const readCString = (): string | undefined => {
    const label = cursor.label()
    if (label === 'nil') return undefined
    if (label === 'new') {
      const text = sharedString() ?? ''
      known.push(text)
      return text
    }
    const found = recall(label)
    if (typeof found !== 'string') throw new ArchiveError('malformed', `${label} is no string`)
    return found
  }

  const value = (type: string, depth: number): ArchivedValue => {
    budget -= 1
    if (budget < 0) throw new ArchiveError('too-many-values', 'more than there can be')
    if (depth > MOST_DEPTH) throw new ArchiveError('too-deep', `at ${cursor.at}`)
    switch (type[0]) {
      case '@':
        return readObject(depth)
      case '+':
        return cursor.bytes(cursor.length())
      case '*':
        return readCString()
      case ':':
      case '%':
        return sharedString()
      case '#':
        return readClass()
      case 'c':
        return cursor.byte()
      case 'C':
      case 'B':
        return cursor.byte() & 0xff
      case 's':
      case 'i':
      case 'l':
      case 'q':
        return cursor.integer(true)
      case 'S':
      case 'I':
      case 'L':
      case 'Q':
        return cursor.integer(false)
      case 'f':
        return cursor.real(4)
      case 'd':
        return cursor.real(8)
      case '[':
        return array(type, depth)
      case '{':
        return splitTypes(type.slice(type.indexOf('=') + 1, -1)).map((field) => value(field, depth + 1))
      default:
        throw new ArchiveError('malformed', `type ${JSON.stringify(type)} at ${cursor.at}`)
    }
  }

  const array = (type: string, depth: number): ArchivedValue => {
    const [, count = '', element = ''] = /^\[(\d+)(.*)\]$/s.exec(type) ?? []
    const length = Number(count)
    if (count === '' || splitTypes(element).length !== 1)
      throw new ArchiveError('malformed', `type ${JSON.stringify(type)}`)
    if (element === 'c' || element === 'C') return cursor.bytes(length)
    const items: ArchivedValue[] = []
    while (items.length < length) items.push(value(element, depth + 1))
    return items
  }

  const group = (depth = 0): ArchivedValue[] => {
    const types = sharedString()
    if (types === undefined) throw new ArchiveError('malformed', `no type at ${cursor.at}`)
    const split = typesOf.get(types) ?? splitTypes(types)
    typesOf.set(types, split)
    return split.map((type) => value(type, depth))
  }
  return { group }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** `iI` is two types, `[12c]` and `{Point=ff}` one each. */
function splitTypes(types: string): string[] {
  if (types.length > MOST_TYPE_LENGTH) throw new ArchiveError('malformed', `a type of ${types.length} characters`)
  const found: string[] = []
  let depth = 0
  let start = 0
  for (let at = 0; at < types.length; at += 1) {
    const character = types[at]
    if (character === '[' || character === '{') depth += 1
    if (character === ']' || character === '}') depth -= 1
    if (depth < 0) break
    if (depth > 0) continue
    found.push(types.slice(start, at + 1))
    start = at + 1
  }
  if (start !== types.length || found.length === 0) throw new ArchiveError('malformed', `type ${JSON.stringify(types)}`)
  return found
}
