/** Edits and unsent parts come out of a summary as they went in; a damaged or hostile one gives nothing. */
import { encodeAttributedBody, encodePropertyList, type PropertyValue } from '@backchannel/testkit/imessage'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readPropertyList } from './property-list.ts'
import { parseSummary } from './summary.ts'

const version = (seconds: number, text: string) => ({ d: seconds, t: encodeAttributedBody(text) })

describe('a summary', () => {
  it('has what each part was before its edits', () => {
    const ec = {
      '0': [version(700_000_000.5, 'ten'), version(700_000_060, 'eleven')],
      '2': [version(1, 'a'), { d: 2 }],
    }
    const summary = parseSummary(
      encodePropertyList({ ust: true, ec, otr: { '0': { lo: 0, le: 3 }, '2': { lo: 4, le: 1 } } }),
    )
    expect(summary?.edits.get(0)).toEqual([
      { date: 1_678_307_200_500, text: 'ten' },
      { date: 1_678_307_260_000, text: 'eleven' },
    ])
    expect(summary?.edits.get(2)?.map(({ text }) => text)).toEqual(['a', undefined])
    expect(summary?.isUnsent).toBe(false)
  })

  it.each([
    ['its one part', { rp: [0], otr: { '0': { lo: 0, le: 5 } } }, true],
    ['one of two parts', { rp: [1], otr: { '0': { lo: 0, le: 5 }, '1': { lo: 5, le: 5 } } }, false],
    ['both of two parts', { rp: [1, 0], otr: { '0': { lo: 0, le: 5 }, '1': { lo: 5, le: 5 } } }, true],
    ['its one part, with no list of them', { rp: [0] }, true],
    ['nothing', { ust: true }, false],
  ])('says whether a message is unsent: %s', (_, list, isUnsent) => {
    expect(parseSummary(encodePropertyList(list as PropertyValue))?.isUnsent).toBe(isUnsent)
  })
})

describe('a property list', () => {
  const lists = fc.letrec<{ value: PropertyValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.string({ unit: fc.constantFrom('a', 'é', '語', '🎉', '\n'), maxLength: 300 }),
      fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
      fc.double({ noNaN: true }).filter((one) => !Number.isInteger(one)),
      fc.boolean(),
      fc.uint8Array({ maxLength: 300 }),
      fc.array(tie('value'), { maxLength: 20 }),
      fc.dictionary(fc.string({ maxLength: 20 }), tie('value'), { maxKeys: 18, noNullPrototype: true }),
    ),
  })).value

  it('is read as it was written', () => {
    fc.assert(
      fc.property(lists, (value) => {
        expect(plain(readPropertyList(encodePropertyList(value)))).toEqual(value)
      }),
      { numRuns: 150 },
    )
  })

  it('never throws, whatever its bytes are', () => {
    const good = encodePropertyList({ ec: { '0': [version(1, 'x'), version(2, 'y')] }, rp: [0, 1], s: 'ä'.repeat(20) })
    const change = fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255), cut: fc.nat(good.length) })
    fc.assert(
      fc.property(change, fc.uint8Array({ maxLength: 200 }), ({ at, byte, cut }, bytes) => {
        const changed = Uint8Array.from(good)
        changed[at] = byte
        for (const one of [changed, good.subarray(0, cut), Buffer.concat([Buffer.from('bplist00'), bytes])]) {
          parseSummary(one)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('that names itself, or doubles at every level, is refused or read once', () => {
    const doubling = Array.from({ length: 30 }, (_, at) => Buffer.from([0xa2, at + 1, at + 1]))
    expect(readPropertyList(rawList([...doubling, Buffer.from([0x08])]))).toBeDefined()
    expect(readPropertyList(rawList([Buffer.from([0xa1, 0])]))).toBeUndefined()
    expect(
      readPropertyList(rawList(Array.from({ length: 100 }, (_, at) => Buffer.from([0xa1, at + 1])))),
    ).toBeUndefined()
  })
})

/** A list of these objects, with references of one byte. */
function rawList(objects: readonly Buffer[]): Buffer {
  let at = 8
  const offsets = objects.map((object) => {
    const offset = at
    at += object.length
    return offset
  })
  const trailer = Buffer.alloc(32)
  trailer[6] = 2
  trailer[7] = 1
  trailer.writeBigUInt64BE(BigInt(objects.length), 8)
  trailer.writeBigUInt64BE(BigInt(at), 24)
  const table = Buffer.concat(offsets.map((offset) => Buffer.from([offset >> 8, offset & 0xff])))
  return Buffer.concat([Buffer.from('bplist00'), ...objects, table, trailer])
}

function plain(value: ReturnType<typeof readPropertyList>): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'object' && value !== null && 'kind' in value) {
    return Object.fromEntries([...value.entries].map(([key, one]) => [key, plain(one)]))
  }
  return value
}
