/** Shows that requests which were not taken are told at once, and never flood the log. */
import { BackchannelError } from '@backchannel/channel'
import { expect, it } from 'vitest'
import { createRefusalLog } from './refusal-log.ts'

it('tells the first of a code and counts the rest', () => {
  let time = 1_000
  const lines: string[] = []
  const log = createRefusalLog({ warn: (line) => void lines.push(line) }, () => time)
  const foreign = new BackchannelError('request-refused', 'It came from afar.')
  for (let count = 0; count < 1000; count += 1) log.add(foreign)
  log.add(new BackchannelError('event-too-large', 'It is too large.'))
  time += 10_000
  log.add(foreign)
  log.add(foreign)
  log.close()
  log.close()
  expect(lines).toEqual([
    'did not take a request: It came from afar.',
    'did not take a request: It is too large.',
    'did not take a request: It came from afar. (999 more before, request-refused)',
    'did not take more requests: 1 (request-refused)',
  ])
})
