/** The closed lists of errors and reasons: what the code has, the pages list, and the other way round; none is dead. */
import { DROP_REASONS, ERROR_CODES, REFUSAL_REASONS } from '@backchannel/protocol'
import { describe, expect, it } from 'vitest'
import { isDevelopment, isSource, listFiles, readText } from './support/repository.ts'

const sources = listFiles().filter((path) => /^(?:packages|plugins|examples)\//.test(path) && isSource(path))
const shipped = sources
  .filter((path) => !isDevelopment(path) && path !== 'packages/protocol/src/errors.ts')
  .map(readText)

/** The rows of a table whose first cell is a code: the code and its meaning, in order; and that each says what to do. */
function readTable(page: string, heading: string): Record<string, string> {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`))
  if (section === undefined) throw new Error(`no section "${heading}"`)
  const rows = [...section.matchAll(/^\| `([^`]+)` \| (.+?) \| (.+?) \|$/gm)]
  expect(rows).toHaveLength(section.match(/^\| `/gm)?.length ?? 0)
  return Object.fromEntries(rows.map(([, code = '', meaning = '']) => [code, meaning]))
}

describe('docs/errors.md', () => {
  const table = readTable(readText('docs/errors.md'), 'Codes')

  it('lists the codes of the registry with their meanings, in its order', () => {
    expect(table).toEqual({ ...ERROR_CODES })
    expect(Object.keys(table)).toEqual(Object.keys(ERROR_CODES))
  })
})

describe('docs/reasons.md', () => {
  const page = readText('docs/reasons.md')

  it('lists the reasons of a refusal with their words, in order', () => {
    const table = readTable(page, 'Why a channel is refused')
    expect(table).toEqual({ ...REFUSAL_REASONS })
    expect(Object.keys(table)).toEqual(Object.keys(REFUSAL_REASONS))
  })

  it('lists the reasons of a drop with their words, in order', () => {
    const table = readTable(page, 'Why an event is dropped')
    expect(table).toEqual({ ...DROP_REASONS })
    expect(Object.keys(table)).toEqual(Object.keys(DROP_REASONS))
  })
})

describe('the code', () => {
  it('is the list of the command reference', () => {
    expect(Object.keys(REFUSAL_REASONS)).toEqual([
      'not-a-channel',
      'not-found',
      'failed-to-start',
      'policy-off',
      'not-allowlisted',
      'not-opted-in',
      'development-not-accepted',
      'consent-refused',
      'protocol-era',
    ])
    expect(Object.keys(DROP_REASONS)).toEqual(['not-registered', 'invalid', 'rate-limited', 'overflow', 'too-large'])
  })

  it('constructs errors with known codes only', () => {
    const unknown = sources.flatMap((path) =>
      [...readText(path).matchAll(/\bnew BackchannelError\(\s*'([^']*)'/g)]
        .filter(([, code = '']) => !Object.hasOwn(ERROR_CODES, code))
        .map(([, code]) => `${path}: ${code}`),
    )
    expect(unknown).toEqual([])
  })

  it.each(Object.keys(ERROR_CODES))('has a place that gives %s', (code) => {
    // A comparison with a code only reads it; anything else gives it to an error, if through a helper.
    const given = new RegExp(`(?<![!=]== |case )'${code}'`)
    expect(shipped.some((text) => given.test(text) && text.includes('BackchannelError'))).toBe(true)
  })

  it.each([...Object.keys(REFUSAL_REASONS), ...Object.keys(DROP_REASONS)])('has a place that gives %s', (reason) => {
    const given = new RegExp(`(?<![!=]== |case )'${reason}'`)
    const others = sources.filter((path) => !isDevelopment(path) && path !== 'packages/protocol/src/reasons.ts')
    expect(others.some((path) => given.test(readText(path)))).toBe(true)
  })
})
