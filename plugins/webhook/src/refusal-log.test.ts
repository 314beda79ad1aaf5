/** Shows that refusals are told at once, and never flood the log. */
import { expect, it } from 'vitest'
import { createRefusalLog } from './refusal-log.ts'

it('tells the first of a period and counts the rest', () => {
  let time = 1_000
  const lines: string[] = []
  const log = createRefusalLog({ warn: (line) => void lines.push(line) }, () => time)
  for (let count = 0; count < 1000; count += 1) log.add('It came from afar.')
  time += 10_000
  log.add('Again.')
  log.add('And again.')
  expect(lines).toEqual([
    'did not take a request: It came from afar.',
    'did not take a request: Again. (999 more since the last such line)',
  ])
})
