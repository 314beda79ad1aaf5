/** What an approver sees: nothing of it can be reordered, hidden or forged, and the end of a long command is there. */
import { HOSTILE_TEXTS } from '@backchannel/testkit/hostile-contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FIELD_CODE_POINTS, renderPreview, SHORT_UNITS } from './preview.ts'

const KEY = 'ghp_abcdefghijklmnopqrstuvwxyz0123456789'

describe('a preview', () => {
  test.each([
    ['plain arguments', { command: 'touch x', timeout: 5 }, '{"command":"touch x","timeout":5}'],
    ['nested ones', { edits: [{ old: 'a', new: null }] }, '{"edits":[{"old":"a","new":null}]}'],
    ['quotes and backslashes', { command: 'echo "a\\b"' }, '{"command":"echo \\"a\\\\b\\""}'],
    ['runs of white space', { command: 'a   b\t \u00a0c' }, '{"command":"a b c"}'],
    ['line breaks', { command: 'echo a\n\n  rm -rf b\r\n' }, '{"command":"echo a ⏎ rm -rf b ⏎ "}'],
    ['a literal backslash and n', { command: 'a\\nb' }, '{"command":"a\\\\nb"}'],
    ['bidirectional controls', { file: 'x\u202egpj.exe' }, '{"file":"x\\u202egpj.exe"}'],
    ['invisible characters', { file: 'a\u200bb\u{e0041}' }, '{"file":"a\\u200bb\\udb40\\udc41"}'],
    ['look-alikes of quotes', { text: 'say “rm” ‘x’ ＂' }, '{"text":"say \\u201crm\\u201d \\u2018x\\u2019 \\uff02"}'],
    [
      'look-alikes of brackets',
      { text: '‹a› 〈b〉 ＜c＞' },
      '{"text":"\\u2039a\\u203a \\u3008b\\u3009 \\uff1cc\\uff1e"}',
    ],
    [
      'marks of our own',
      { text: 'a ⋯ 9 code points elided ⋯ ⏎' },
      '{"text":"a \\u22ef 9 code points elided \\u22ef \\u23ce"}',
    ],
    ['a forged mask', { text: '[REDACTED]' }, '{"text":"\\u005bREDACTED]"}'],
    ['a mark over a quote', { text: '"\u0338' }, '{"text":"\\"\\u0338"}'],
    ['ordinary marks', { text: 'e\u0301 हिन्दी 🎉 日本' }, '{"text":"e\u0301 हिन्दी 🎉 日本"}'],
    ['a credential', { command: `curl -H "token: ${KEY}"` }, '{"command":"curl -H \\"token: [REDACTED]\\""}'],
    ['a credential after a line break', { note: `a\n${KEY}` }, '{"note":"a ⏎ [REDACTED]"}'],
    ['a credential as a key', { [KEY]: 1 }, '{"[REDACTED]":1}'],
    ['no credential where shell syntax is in it', { command: `${KEY};rm` }, '{"command":"[REDACTED];rm"}'],
    ['what only starts like one', { command: 'sk-rm -rf /' }, '{"command":"sk-rm -rf /"}'],
    ['no arguments', {}, '{}'],
    ['none at all', undefined, '(value unserializable)'],
    [
      'numbers that are none',
      { a: Number.NaN, b: 1n, c: undefined },
      '{"a":null,"b":(value unserializable),"c":(value unserializable)}',
    ],
  ])('of %s', (_name, input, expected) => {
    expect(renderPreview(input)).toBe(expected)
  })

  test('of what cannot be serialised says so, field by field', () => {
    const cycle: Record<string, unknown> = { ok: 1 }
    cycle['self'] = cycle
    const deep = JSON.parse(`${'['.repeat(9_000)}${']'.repeat(9_000)}`)
    const thrower = Object.defineProperty({ ok: 1 }, 'bad', {
      enumerable: true,
      get() {
        throw new Error('no')
      },
    })
    expect(renderPreview(cycle)).toBe('{"ok":1,"self":(value unserializable)}')
    expect(renderPreview(thrower)).toBe('{"ok":1,"bad":(value unserializable)}')
    expect(renderPreview({ deep }).length).toBeLessThan(FIELD_CODE_POINTS + 100)
    expect(renderPreview(new Proxy({}, { ownKeys: () => ['__proto__', 7] as never }))).toBe('(value unserializable)')
  })

  test('of a long value has its start and its end, and counts the rest', () => {
    const command = `start ${'x'.repeat(10_000)} && rm -rf /the-end`
    const preview = renderPreview({ command })
    expect(preview).toMatch(/^\{"command":"start x+ ⋯ \d+ code points elided ⋯ x+ && rm -rf \/the-end"\}$/)
    expect([...preview].length).toBeLessThan(FIELD_CODE_POINTS + 100)
    expect(renderPreview({ command: 'x'.repeat(FIELD_CODE_POINTS - 2) })).not.toContain('elided')
  })

  test('of very many fields has the first and the last, and counts the others', () => {
    const input = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`f${at}`, at]))
    const preview = renderPreview(input)
    expect(preview).toContain('"f0":0,')
    expect(preview).toContain('⋯ 9900 fields elided ⋯,"f9999":9999}')
  })

  test('in its short form keeps the end', () => {
    const preview = renderPreview({ command: `${'x'.repeat(500)}; rm -rf /the-end` }, 'short')
    expect(preview.length).toBeLessThanOrEqual(SHORT_UNITS)
    expect(preview).toMatch(/^\{"command":"x+…x+; rm -rf \/the-end"\}$/)
    expect(renderPreview({ command: 'ls' }, 'short')).toBe('{"command":"ls"}')
  })
})

describe('whatever is in the arguments, a preview', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.constantFrom(...HOSTILE_TEXTS.filter(({ text }) => text.length < 3_000).map(({ text }) => text)),
  )
  const inputs = fc.dictionary(fc.string({ maxLength: 20 }), fc.oneof(texts, fc.jsonValue()), { maxKeys: 5 })

  test('is one line of visible characters', () => {
    fc.assert(
      fc.property(inputs, fc.constantFrom('full' as const, 'short' as const), (input, form) => {
        const preview = renderPreview(input, form)
        expect(preview).not.toMatch(/[\p{C}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\u2800]/u)
        expect(preview.isWellFormed()).toBe(true)
        if (form === 'short') expect(preview.length).toBeLessThanOrEqual(SHORT_UNITS)
      }),
    )
  })

  test('that is whole says what they are, but for white space', () => {
    const squeeze = (text: string) => text.replace(/[\s\u0085]+/gu, ' ')
    const entries = (input: object) => Object.entries(input).map(([key, text]) => [squeeze(key), squeeze(String(text))])
    const whole = fc.dictionary(fc.string({ maxLength: 20 }), fc.string({ unit: 'binary', maxLength: 200 }), {
      maxKeys: 5,
    })
    fc.assert(
      fc.property(whole, (input) => {
        const pairs = Object.entries(input).map(([key, text]) =>
          JSON.parse(
            `[${renderPreview({ [key]: text })
              .slice(1, -1)
              .replace(/^("(?:[^"\\]|\\.)*"):/, '$1,')}]`,
          ),
        )
        expect(pairs.map(([key, text]) => [key, text].map((part) => String(part).replaceAll(' ⏎ ', ' ')))).toEqual(
          entries(input),
        )
      }),
    )
  })

  test('looks different where they are different', () => {
    fc.assert(
      fc.property(texts, texts, (one, other) => {
        const squeeze = (text: string) => text.replace(/[\s\u0085]+/gu, ' ')
        fc.pre(squeeze(one) !== squeeze(other) && one.length < 1_000 && other.length < 1_000)
        expect(renderPreview({ a: one })).not.toBe(renderPreview({ a: other }))
      }),
    )
  })
})
