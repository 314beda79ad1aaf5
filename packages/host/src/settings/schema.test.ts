/** The documented keys, defaults and largest values are those of the code. */
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { DEFAULT_LIMITS, LARGEST_LIMITS } from './schema.ts'

test('docs/settings.md lists every limit with its default', async () => {
  const page = await readFile(new URL('../../../../docs/settings.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `limits\.(\w+)` \|.*\| (\d+)(?: \(.*\))? \|$/gm)]
  expect(Object.fromEntries(rows.map(([, key, value]) => [key, Number(value)]))).toEqual(DEFAULT_LIMITS)
})

test('every default is within its range, and a timer takes the longest wait', () => {
  for (const [key, value] of Object.entries(DEFAULT_LIMITS))
    expect(value).toBeLessThanOrEqual(LARGEST_LIMITS[key as keyof typeof LARGEST_LIMITS])
  expect(LARGEST_LIMITS.startTimeoutMs).toBeLessThan(2 ** 31)
})
