/** Bodies of every class of length and kind read exactly, against bytes and readings of others; garbage gives a reason, never an exception. */
import { readFileSync } from 'node:fs'
import { encodeAttributedBody, LINK, MENTION, PART, TRANSFER } from '@backchannel/testkit/imessage'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ArchiveError } from './cursor.ts'
import { type AttributedBody, parseAttributedBody, readAttributedBody } from './index.ts'
import { unarchive } from './unarchive.ts'

interface Frozen {
  readonly name: string
  readonly blob: readonly (readonly [base64: string, times: number])[]
  readonly text: string | { readonly letter: string; readonly times: number }
  readonly runs: readonly (readonly [at: number, length: number, attributes: Readonly<Record<string, unknown>>])[]
}

const frozen: Frozen[] = JSON.parse(readFileSync(new URL('fixtures/bodies.json', import.meta.url), 'utf8'))

function bytesOf({ blob }: Frozen): Uint8Array {
  return Buffer.concat(
    blob.flatMap(([base64, times]) => Array.from({ length: times }, () => Buffer.from(base64, 'base64'))),
  )
}

function read(bytes: Uint8Array): AttributedBody {
  const parsed = parseAttributedBody(bytes)
  if (!parsed.ok) throw new Error(parsed.problem)
  return parsed.body
}

/** Well-formed, since an archive is UTF-8; and made here, since the generator's own `binary` needs a second for its tables. */
const anyCharacter = fc.nat(0x10ffff).map((code) => String.fromCodePoint(code).toWellFormed())

const plainRuns = ({ runs }: AttributedBody) =>
  runs.map(({ start, text, attributes }) => [start, text.length, Object.fromEntries(attributes)])

describe('a frozen body', () => {
  it.each(frozen.map((one) => [one.name, one] as const))('%s', (_, one) => {
    const body = read(bytesOf(one))
    expect(body.text).toBe(typeof one.text === 'string' ? one.text : one.text.letter.repeat(one.text.times))
    expect(body).not.toHaveProperty('damage')
    const runs = plainRuns(body).map(([start, length, attributes]) => [start, length, withSizes(attributes)])
    expect(runs).toMatchObject(one.runs)
    expect(runs).toHaveLength(one.runs.length)
  })
})

describe('bytes that Foundation wrote', () => {
  it('a double among the attributes, in the form of its archives', () => {
    // NSNumber 17.5: type "d", tag of a double, eight bytes.
    const body = encodeAttributedBody([{ text: 'BOLD', attributes: { NSFontSize: 17.5 } }], { isMutable: true })
    expect(Buffer.from(body).toString('hex')).toMatch(/840164..830000000000803140868686$/)
    expect(plainRuns(read(body))).toEqual([[0, 4, { NSFontSize: 17.5 }]])
  })
})

describe('a body', () => {
  it('of any text is read as it was written', () => {
    const unit = fc.constantFrom('a', '+', '\n', 'é', 'e\u0301', '語', 'ש', '🎉', '👩‍💻', '\ufeff', '\ufffc', '\0')
    const text = fc.oneof(fc.string({ unit, maxLength: 400 }), fc.string({ unit: anyCharacter, maxLength: 40 }))
    fc.assert(
      fc.property(text, (words) => {
        for (const isMutable of [false, true]) expect(read(encodeAttributedBody(words, { isMutable })).text).toBe(words)
      }),
      { numRuns: 100 },
    )
  })

  it('of any length is read whole, around each border between classes of length', () => {
    const lengths = [0, 1, 110, 111, 127, 128, 146, 255, 256, 300, 32_767, 32_768, 65_535, 65_536]
    for (const length of lengths) expect(read(encodeAttributedBody('é'.repeat(length))).text).toBe('é'.repeat(length))
  })

  it('takes a length of two bytes without a sign', () => {
    const body = Buffer.from(encodeAttributedBody('z'.repeat(40_000)))
    const at = body.indexOf(Buffer.from([0x82, 0x40, 0x9c, 0, 0]))
    const short = Buffer.concat([body.subarray(0, at), Buffer.from([0x81, 0x40, 0x9c]), body.subarray(at + 5)])
    expect(read(short).text).toBe('z'.repeat(40_000))
  })

  it('has its attributes at the right places, whatever they are', () => {
    const value = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.integer(),
      fc.uint8Array({ maxLength: 300 }),
      fc.constant(0.25),
    )
    const attributes = fc.dictionary(fc.string({ minLength: 1, maxLength: 40 }), value, {
      maxKeys: 4,
      noNullPrototype: true,
    })
    const runs = fc.array(
      fc.record({
        text: fc.string({ minLength: 1, maxLength: 20, unit: anyCharacter }),
        attributes,
      }),
      {
        minLength: 1,
        maxLength: 40,
      },
    )
    fc.assert(
      fc.property(runs, (parts) => {
        let start = 0
        const wanted = parts.map((part) => {
          const from = start
          start += part.text.length
          return [from, part.text.length, part.attributes]
        })
        expect(plainRuns(read(encodeAttributedBody(parts)))).toEqual(wanted)
      }),
      { numRuns: 100 },
    )
  })

  it('names people, links and files, each once', () => {
    const bob = { text: '@Bob', attributes: { [PART]: 0, [MENTION]: '+15550101' } }
    const link = { text: 'example.com', attributes: { [PART]: 0, [LINK]: new URL('https://example.com/') } }
    const file = { attributes: { [PART]: 1, [TRANSFER]: 'at_0_X' } }
    expect(readAttributedBody(encodeAttributedBody([bob, link, bob, file]))).toEqual({
      text: '@Bobexample.com@Bob\ufffc',
      mentions: ['+15550101'],
      links: ['https://example.com/'],
      files: ['at_0_X'],
    })
    expect(readAttributedBody(new Uint8Array(8))).toBeUndefined()
  })
})

describe('garbage', () => {
  it.each([
    ['nothing', new Uint8Array(), 'no-archive'],
    ['a property list', Buffer.from('bplist00 and so on'), 'no-archive'],
    ['another signature', Buffer.from('\u0004\u000btypedstream........'), 'no-archive'],
    ['the beginning of an archive', encodeAttributedBody('hello').subarray(0, 20), 'truncated'],
    ['an archive cut in its text', encodeAttributedBody('hello'.repeat(50)).subarray(0, 120), 'truncated'],
    ['eight megabytes', new Uint8Array(8_000_001), 'too-large'],
    ['objects in objects in objects', nest(5000), 'too-deep'],
    ['an array of a billion nothings', withType('[999999999{}]'), 'malformed'],
    ['an array of a billion numbers', withType('[999999999i]'), 'truncated'],
    ['arrays of arrays', withType(`${'[9'.repeat(70)}c${']'.repeat(70)}`), 'too-deep'],
    [
      'a million small objects',
      withType('@', Buffer.concat([Buffer.from([0x84, 0x85]), siblings(1_000_000)])),
      'too-many-values',
    ],
    ['a billion arrays with nothing in them', withType('[999999999[0c]]'), 'too-many-values'],
  ])('%s gives a reason', (_, bytes, problem) => {
    expect(parseAttributedBody(bytes)).toEqual({ ok: false, problem })
  })

  it('of random bytes never throws', () => {
    const header = encodeAttributedBody('').subarray(0, 16)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        problemOf(bytes)
        problemOf(Buffer.concat([header, bytes]))
      }),
      { numRuns: 1500 },
    )
  })

  it('made of a good body by changing and cutting never throws, and never invents text', () => {
    const good = frozen.map(bytesOf).filter(({ length }) => length < 5000)
    const texts = good.map((bytes) => read(bytes).text)
    const place = fc.record({
      index: fc.integer({ min: 0, max: good.length - 1 }),
      at: fc.integer({ min: 16, max: 5000 }),
    })
    const change = fc.record({ place, byte: fc.integer({ min: 0, max: 255 }), cut: fc.integer({ min: 0, max: 5000 }) })
    fc.assert(
      fc.property(change, ({ place: { index, at }, byte, cut }) => {
        const bytes = Uint8Array.from(good[index]!)
        bytes[at % bytes.length] = byte
        problemOf(bytes)
        const part = parseAttributedBody(good[index]!.subarray(0, cut % good[index]!.length))
        if (part.ok) expect(part.body.text).toBe(texts[index])
      }),
      { numRuns: 1200 },
    )
  })

  it('after the text costs the attributes only', () => {
    const body = encodeAttributedBody([{ text: 'still here', attributes: { [MENTION]: '+15550101' } }])
    expect(parseAttributedBody(body.subarray(0, -20))).toEqual({
      ok: true,
      body: { text: 'still here', runs: [], damage: 'truncated' },
    })
  })

  it('behind a whole archive is left alone', () => {
    const body = read(Buffer.concat([encodeAttributedBody('enough'), Buffer.alloc(100_000, 0x84)]))
    expect([body.text, body.damage]).toEqual(['enough', undefined])
  })
})

/** What the reader says of it, once it is sure that it was the reader that said so, and no mistake in it. */
function problemOf(bytes: Uint8Array): string | undefined {
  const parsed = parseAttributedBody(bytes)
  try {
    unarchive(bytes)
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(ArchiveError)
    return (thrown as ArchiveError).problem
  }
  return parsed.ok ? parsed.body.damage : parsed.problem
}

function withSizes(attributes: unknown): unknown {
  const entries = Object.entries(attributes as Record<string, unknown>)
  return Object.fromEntries(entries.map(([key, one]) => [key, one instanceof Uint8Array ? { bytes: one.length } : one]))
}

const HEADER = encodeAttributedBody('').subarray(0, 16)

/** Objects without a class, one after the other. */
function siblings(times: number): Uint8Array {
  return Buffer.alloc(times * 4, Buffer.from([0x92, 0x84, 0x85, 0x86]))
}

/** An archive whose one value has this type, and what stands after it. */
function withType(type: string, rest: Uint8Array = Buffer.alloc(40, 1)): Uint8Array {
  const length = type.length < 128 ? [type.length] : [0x81, type.length & 0xff, type.length >> 8]
  return Buffer.concat([HEADER, Buffer.from([0x84, ...length]), Buffer.from(type), rest])
}

/** Objects without a class, each in the one before. */
function nest(times: number): Uint8Array {
  const first = Buffer.from([0x84, 1, 0x40, 0x84, 0x85])
  return Buffer.concat([HEADER, first, ...Array.from({ length: times }, () => Buffer.from([0x92, 0x84, 0x85]))])
}
