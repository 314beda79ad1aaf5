/** Lines out: their order and grouping, what the others are told of a full pipe, and the end. */
import { expect, it } from 'vitest'
import { createPipe, settled } from '../fixtures/pipe.ts'
import { createOutput } from './output.ts'

const open = (highWaterMark: number) => {
  const pipe = createPipe(highWaterMark)
  const writes: string[] = []
  let closed = 0
  const output = createOutput(
    () => {
      closed += 1
    },
    pipe.stream,
    (chunk) => {
      writes.push(chunk)
      return pipe.stream.write(chunk)
    },
  )
  return { pipe, output, writes, closed: () => closed }
}

it('writes at once while there is room', () => {
  const { output, writes } = open(1024)
  output.send('a')
  output.send('b')
  expect(writes).toEqual(['a\n', 'b\n'])
  expect(output.blocked).toBe(false)
})

it('keeps the order, and joins what waits into groups of at most 32 KiB', async () => {
  const { output, writes, pipe } = open(1)
  await pipe.read(false)
  output.send('first')
  expect(output.blocked).toBe(true)
  const lines = Array.from({ length: 1_000 }, (_, at) => `${at} ${'x'.repeat(90)}`)
  for (const line of lines) output.send(line)
  expect(writes).toEqual(['first\n'])
  await pipe.read(true)
  await settled()
  for (let round = 0; output.blocked && round < 100; round += 1) await settled()
  expect(pipe.lines).toEqual(['first', ...lines])
  expect(writes.length).toBeLessThan(10)
  expect(Math.max(...writes.map(({ length }) => length))).toBeLessThanOrEqual(32 * 1024)
})

it('writes a line that is longer than a group by itself', async () => {
  const { output, writes, pipe } = open(1)
  await pipe.read(false)
  output.send('first')
  const long = 'x'.repeat(100_000)
  for (const line of ['a', long, 'b', 'c']) output.send(line)
  await pipe.read(true)
  for (let round = 0; output.blocked && round < 100; round += 1) await settled()
  expect(writes).toEqual(['first\n', 'a\n', `${long}\n`, 'b\nc\n'])
})

it('tells each time the pipe is free again, and lets the listener fill it', async () => {
  const { output, pipe } = open(1)
  await pipe.read(false)
  const blockedAfter: boolean[] = []
  output.onWritable(() => {
    if (blockedAfter.length === 0) void pipe.read(false)
    output.send(`more ${blockedAfter.length + 1}`)
    blockedAfter.push(output.blocked)
  })
  output.send('first')
  await settled()
  expect(blockedAfter).toEqual([])
  await pipe.read(true)
  expect(blockedAfter).toEqual([true])
  await pipe.read(true)
  expect(blockedAfter).toEqual([true, false])
  expect(pipe.lines).toEqual(['first', 'more 1', 'more 2'])
})

it('calls it congested past 1 MiB of waiting lines, and no longer once they are gone', async () => {
  const { output, pipe } = open(1)
  const told: boolean[] = []
  output.onCongested((congested) => told.push(congested))
  await pipe.read(false)
  output.send('fills the pipe')
  for (let kilobyte = 0; kilobyte < 1024; kilobyte += 1) output.send('x'.repeat(1023))
  expect(told).toEqual([])
  output.send('')
  expect(told).toEqual([true])
  await pipe.read(true)
  for (let round = 0; output.blocked && round < 1_000; round += 1) await settled()
  expect(told).toEqual([true, false])
})

it('flushes: at once if all is written, else when it is, when the signal aborts, or when the pipe closes', async () => {
  const forever = new AbortController().signal
  await open(1024).output.flush(forever)

  const written = open(1)
  await written.pipe.read(false)
  written.output.send('a')
  written.output.send('b')
  const flushed = written.output.flush(forever)
  await written.pipe.read(true)
  await flushed
  expect(written.pipe.lines).toEqual(['a', 'b'])

  const given = open(1)
  await given.pipe.read(false)
  given.output.send('a')
  await given.output.flush(AbortSignal.abort())
  await given.output.flush(AbortSignal.timeout(1))

  const gone = open(1)
  await gone.pipe.read(false)
  gone.output.send('a')
  const ended = gone.output.flush(forever)
  gone.pipe.stream.destroy()
  await ended
})

it('says once that the other end has closed, and writes nothing more', async () => {
  const { output, pipe, writes, closed } = open(1024)
  pipe.stream.on('error', () => {})
  pipe.stream.destroy(new Error('EPIPE'))
  await settled()
  expect(closed()).toBe(1)
  output.send('a')
  expect(writes).toEqual([])
  await output.flush(new AbortController().signal)
})
