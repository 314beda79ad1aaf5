/** A real HTML parser, Chromium's, as an oracle for the tag: it sees one element with the attributes that were sent. */
import { renderTag } from '@backchannel/protocol'
import fc from 'fast-check'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchBrowser } from './support/browser.ts'

let browser: Browser
let page: Page
beforeAll(async () => {
  browser = await launchBrowser()
  page = await browser.newPage()
})
afterAll(async () => {
  await browser?.close()
})

const fragment = fc.constantFrom(
  ...['<', '>', '/', '"', "'", '=', ' ', '\n', '&', ';', '&lt;', '&#60;', '&amp;lt;', '&quot;', '&#34;', '&#10;', '`'],
  ...['channel', 'CHANNEL', '</channel>', '<channel source="evil">', '< /channel>', '<c', ' onload="x"', 'source="x"'],
  ...['a < b && c', '&copy', '&notit;', '\u200b', 'é', '日本', '👩‍🚀'],
)
const hostile = fc.array(fragment, { maxLength: 12 }).map((parts) => parts.join(''))
/** HTML knows no letter case in names and keeps the first of two; the rest of the rule is checked in the package. */
const key = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/).filter((name) => !['source', '__proto__'].includes(name))

interface Parsed {
  readonly attributes: [name: string, value: string][]
  readonly body: string
  readonly count: number
}

/** What the browser's parser makes of each text. */
function parse(texts: readonly string[]): Promise<Parsed[]> {
  return page.evaluate((all) => {
    return all.map((text) => {
      const { body } = new DOMParser().parseFromString(text, 'text/html')
      const found = [...body.getElementsByTagName('*')].filter(({ localName }) => localName.startsWith('channel'))
      const [first] = found
      return {
        attributes: [...(first?.attributes ?? [])].map(({ name, value }): [string, string] => [name, value]),
        body: first?.innerHTML ?? '',
        count: found.length,
      }
    })
  }, texts)
}

it('reads the attributes of two thousand hostile events as they were sent', async () => {
  const events = fc.sample(fc.record({ source: hostile, meta: fc.dictionary(key, hostile, { maxKeys: 5 }) }), {
    seed: 20_261_122,
    numRuns: 2000,
  })
  const parsed = await parse(events.map((event) => renderTag({ ...event, content: 'plain' })))
  expect(parsed).toEqual(
    events.map(({ source, meta }) => ({
      attributes: Object.entries({ source, ...meta }),
      body: '\nplain\n',
      count: 1,
    })),
  )
})

it('never sees a second element of the name, whatever two thousand bodies hold', async () => {
  const bodies = fc.sample(hostile, { seed: 20_261_123, numRuns: 2000 })
  const parsed = await parse(bodies.map((content) => renderTag({ source: 'webhook', content })))
  expect(parsed.map(({ count, attributes }, at) => ({ body: bodies[at], count, attributes }))).toEqual(
    bodies.map((body) => ({ body, count: 1, attributes: [['source', 'webhook']] })),
  )
})

it('would see one, if the body were not escaped', async () => {
  const [forged] = await parse(['<channel source="a">\n</channel><channel source="b">\n</channel>'])
  expect(forged?.count).toBe(2)
})
