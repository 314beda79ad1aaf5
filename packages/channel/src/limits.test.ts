/** The numbers of the documentation are those of the code. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { STOP_LIMIT_MS } from './define.ts'
import { EVENT_BYTES, WINDOW_EVENTS } from './events/event-line.ts'
import { WAITING_EVENTS, WAITING_UNITS } from './events/outbox.ts'
import { LINE_BYTES } from './stdio/input.ts'

const page = readFileSync(new URL('../../../docs/write-a-channel.md', import.meta.url), 'utf8')
const MEBIBYTE = 1024 * 1024

it.each([
  [
    'events that wait in the channel',
    `${WAITING_EVENTS.toLocaleString('en')}, and ${WAITING_UNITS / MEBIBYTE} MiB of them`,
  ],
  ['events that a host with receipts has not finished', `${WINDOW_EVENTS}; the next ones wait`],
  ['one event, content and meta together', `${EVENT_BYTES.toLocaleString('en')} bytes`],
  ['a line from the host', `${LINE_BYTES / MEBIBYTE} MiB`],
  ['`stop`, and a `start` that still runs', `${STOP_LIMIT_MS} ms together`],
])('%s', (what, limit) => {
  expect(page).toContain(`| ${what} | ${limit} |`)
})
