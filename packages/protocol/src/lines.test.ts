/** Lines from bytes: the same for every way the bytes are cut, and bounded whatever a peer sends. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLineSplitter } from './lines.ts'

/** What a splitter makes of the chunks; a line that was too long shows as `null`. */
function split(limit: number, chunks: readonly Uint8Array[]): (string | null)[] {
  const seen: (string | null)[] = []
  const splitter = createLineSplitter(limit, { line: (text) => seen.push(text), tooLong: () => seen.push(null) })
  for (const chunk of chunks) splitter.push(chunk)
  splitter.end()
  return seen
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('a line splitter', () => {
  it.each<[string, (string | null)[]]>([
    ['', []],
    ['one\n', ['one']],
    ['one\ntwo\n', ['one', 'two']],
    ['one\ntwo', ['one', 'two']],
    ['\n\n  \n\r\none\n', ['one']],
    ['one\r\n', ['one\r']],
    ['größe 日本 👩‍🚀\n', ['größe 日本 👩‍🚀']],
    ['12345678\n', ['12345678']],
    ['a\u2028b\n', ['a\u2028b']],
  ])('makes of %j the lines %j', (text, lines) => {
    expect(split(40, [bytes(text)])).toEqual(lines)
    expect(
      split(
        40,
        [...bytes(text)].map((byte) => Uint8Array.of(byte)),
      ),
    ).toEqual(lines)
  })

  it('takes a line of exactly the limit and passes over a longer one, once, wherever it ends', () => {
    expect(split(4, [bytes('1234\n12345\n1\n')])).toEqual(['1234', null, '1'])
    expect(split(4, [bytes('12345'), bytes('67890'), bytes('x\n1\n')])).toEqual([null, '1'])
    expect(split(4, [bytes('12345')])).toEqual([null])
    expect(split(4, [bytes('äöü\nä\n')])).toEqual([null, 'ä'])
  })

  it('reads bytes that are not UTF-8 as replacement characters', () => {
    expect(split(10, [Uint8Array.of(0x61, 0xff, 0x62, 0x0a)])).toEqual(['a\ufffdb'])
    expect(split(10, [Uint8Array.of(0xe2, 0x82), Uint8Array.of(0x0a, 0x62, 0x0a)])).toEqual(['\ufffd', 'b'])
  })

  it('gives the same lines however the bytes are cut', () => {
    const text = fc
      .array(fc.oneof(fc.constantFrom('\n', '\n', '\r', ' ', 'é', '日', '👩'), fc.string({ maxLength: 12 })), {
        maxLength: 30,
      })
      .map((parts) => bytes(parts.join('')))
    fc.assert(
      fc.property(text, fc.array(fc.nat(7), { maxLength: 40 }), (all, sizes) => {
        const chunks: Uint8Array[] = []
        let from = 0
        for (const size of sizes) {
          chunks.push(all.subarray(from, from + size))
          from += size
        }
        chunks.push(all.subarray(from))
        expect(split(16, chunks)).toEqual(split(16, [all]))
        const expected = new TextDecoder()
          .decode(all)
          .split('\n')
          .filter((line) => line.trim() !== '')
        expect(split(1000, chunks)).toEqual(expected)
      }),
      { seed: 20_261_122, numRuns: 2000 },
    )
  })
})
