/** The ping that asks a stock host how far it has read. */
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Output } from '../stdio/output.ts'
import { createReadProbe } from './read-probe.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function start() {
  const pings: string[] = []
  const read: number[] = []
  const output = { send: (line: string) => void pings.push(JSON.parse(line).id) } as Output
  return { pings, read, probe: createReadProbe(output, (upTo) => read.push(upTo)) }
}

test('asks at once after a quiet moment, for all events of one turn', async () => {
  const { pings, read, probe } = start()
  probe.sent(1)
  probe.sent(2)
  await setImmediate()
  expect(pings).toEqual(['read-1'])
  probe.sent(3)
  probe.answered('read-1')
  expect(read).toEqual([2])
})

test('asks a steady source now and then, and covers what came meanwhile', async () => {
  const { pings, read, probe } = start()
  probe.sent(1)
  await setImmediate()
  probe.answered('read-1')
  for (const seq of [2, 3, 4]) {
    probe.sent(seq)
    await setImmediate()
  }
  expect(pings).toEqual(['read-1'])
  vi.advanceTimersByTime(25)
  expect(pings).toEqual(['read-1', 'read-2'])
  probe.answered('read-2')
  expect(read).toEqual([1, 4])
  vi.advanceTimersByTime(25)
  expect(pings).toEqual(['read-1', 'read-2'])
  probe.sent(5)
  await setImmediate()
  expect(pings).toEqual(['read-1', 'read-2', 'read-3'])
})

test('asks a source in a hurry without a pause, so that little is unread', async () => {
  const { pings, read, probe } = start()
  probe.sent(1)
  await setImmediate()
  probe.answered('read-1')
  for (let seq = 2; seq < 129; seq += 1) probe.sent(seq)
  await setImmediate()
  expect(pings).toEqual(['read-1'])
  probe.sent(129)
  await setImmediate()
  expect(pings).toEqual(['read-1', 'read-2'])
  for (let seq = 130; seq < 260; seq += 1) probe.sent(seq)
  probe.answered('read-2')
  expect(pings).toEqual(['read-1', 'read-2', 'read-3'])
  expect(read).toEqual([1, 129])
})

test('asks no more once it is closed', async () => {
  const { pings, probe } = start()
  probe.sent(1)
  await setImmediate()
  probe.answered('read-1')
  probe.sent(2)
  probe.close()
  vi.advanceTimersByTime(25)
  expect(pings).toEqual(['read-1'])
})
