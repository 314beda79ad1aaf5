/** Whatever a text holds, it is parsed in a moment or not at all, and nothing of it becomes a link that runs. */
import { parseMarkdown } from '@backchannel/channel/markdown'
import { expect, test } from 'vitest'
import { safeAddress } from './link.ts'

const LENGTH = 30_000
/** As many as are just let through. */
const few = (unit: string) => unit.repeat(2_000 / (unit.length - unit.replaceAll(/[[\]*_~`]/g, '').length))
const fill = (unit: string) => unit.repeat(Math.floor(LENGTH / unit.length))

test.each([
  ['opening brackets', fill('[')],
  ['opening brackets, fewer', few('[')],
  ['closing brackets', few('a]')],
  ['pictures', few('![[]()')],
  ['emphasis', few('a**b')],
  ['crossed emphasis', few('*_*_')],
  ['quotes in quotes', fill('>')],
  ['lists in lists', fill('1. ')],
  ['mixed containers', fill('> - ')],
  ['backticks', Array.from({ length: 60 }, (_, at) => `${'`'.repeat(at)}a`).join('')],
  ['tildes', few('~~a ')],
  ['addresses', fill('www.a.')],
  ['mail addresses', fill('a@')],
  ['tags', fill('<a ')],
  ['references', few('[a][b]')],
  ['definitions', Array.from({ length: 2000 }, (_, at) => `[a${at}]: x`).join('\n')],
  ['footnotes', Array.from({ length: 900 }, (_, at) => `[^a${at}]: x`).join('\n')],
  ['a wide table', `${fill('|a')}\n${fill('|-')}`],
  ['deep lists', Array.from({ length: 170 }, (_, at) => `${' '.repeat(at * 2)}- a`).join('\n')],
  ['lines', fill('a\n')],
  ['nothing readable', fill('\0\u202e\ud800')],
])('%s do not freeze the page', (_, text) => {
  const before = performance.now()
  parseMarkdown(text)
  // Ten times what the slowest takes on an idle machine.
  expect(performance.now() - before).toBeLessThan(6000)
})

test('what an agent writes is parsed', () => {
  const text = `# A\n\n${'A *line* with `code`, [a link](https://example.com) and **more**.\n\n- [x] done\n\n'.repeat(300)}`
  expect(text.length).toBeGreaterThan(20_000)
  expect(parseMarkdown(text)?.children[0]).toMatchObject({ type: 'heading', depth: 1 })
  expect(parseMarkdown(text.repeat(2))).toBeUndefined()
})

test.each([
  ['https://example.com/a?b=c#d', 'https://example.com/a?b=c#d'],
  ['HTTP://EXAMPLE.com', 'http://example.com/'],
  ['mailto:a@example.com', 'mailto:a@example.com'],
  ['javascript:alert(1)', undefined],
  ['JaVaScRiPt:alert(1)', undefined],
  [' javascript:alert(1)', undefined],
  ['java\nscript:alert(1)', undefined],
  ['\u0001javascript:alert(1)', undefined],
  ['https://example.com/\n', undefined],
  ['data:text/html,<script>1</script>', undefined],
  ['vbscript:x', undefined],
  ['blob:http://localhost/x', undefined],
  ['file:///etc/passwd', undefined],
  ['//example.com', undefined],
  ['/upload', undefined],
  ['http://', undefined],
  ['', undefined],
  [`https://example.com/${'a'.repeat(3000)}`, undefined],
])('the address %j links to %j', (url, expected) => {
  expect(safeAddress(url)).toBe(expected)
})
