/** Lines to the host, in order, with back-pressure: a host that reads slowly costs bounded memory. */
import type { Writable } from 'node:stream'
import { guardStdout, type RawWrite } from './guard.ts'

/** Past this much waiting the host gets no further request answered. In UTF-16 units. */
const CONGESTED_UNITS = 1024 * 1024

/** Lines that wait are joined up to this size, so that a burst costs few system calls. In UTF-16 units. */
const GROUP_UNITS = 32 * 1024

export interface Output {
  /** Queues a line; order is kept. Answers are sent this way whatever waits; `onCongested` bounds their number. */
  send(line: string): void
  /** Runs `work`, and writes all that it sends in as few system calls as the pipe allows. */
  group(work: () => void): void
  /** True while the pipe is full; {@link onWritable} tells when it is not. */
  readonly blocked: boolean
  /** Calls back each time the pipe has become free again; by then {@link blocked} may be true once more. */
  onWritable(listener: () => void): void
  /** Calls back when so much waits that no more requests should be answered, and when it no longer does. */
  onCongested(listener: (congested: boolean) => void): void
  /** Resolves when everything sent is in the pipe, or the pipe is closed, or the signal aborts. */
  flush(signal: AbortSignal): Promise<void>
}

/**
 * Takes the process's stdout over (see {@link guardStdout}).
 * @param onClosed called once when the host has closed its end.
 */
export function createOutput(
  onClosed: () => void,
  stdout: Writable = process.stdout,
  write: RawWrite = guardStdout(),
): Output {
  const waiting: string[] = []
  const writable: (() => void)[] = []
  const congestion: ((congested: boolean) => void)[] = []
  let waitingUnits = 0
  let blocked = false
  let congested = false
  let closed = false
  let grouping = false

  const measure = (change: number) => {
    waitingUnits += change
    if (congested === waitingUnits > CONGESTED_UNITS) return
    congested = !congested
    for (const listener of congestion) listener(congested)
  }
  const end = () => {
    if (closed) return
    closed = true
    waiting.length = 0
    onClosed()
  }
  const pump = () => {
    while (!grouping && !blocked && !closed && waiting.length > 0) {
      const group = takeGroup(waiting)
      blocked = !write(group)
      measure(-group.length)
    }
  }
  stdout.on('drain', () => {
    blocked = false
    pump()
    if (!blocked) for (const listener of writable) listener()
  })
  stdout.on('error', end)
  stdout.on('close', end)

  return {
    send(line) {
      if (closed) return
      waiting.push(`${line}\n`)
      measure(line.length + 1)
      pump()
    },
    group(work) {
      grouping = true
      try {
        work()
      } finally {
        grouping = false
        pump()
      }
    },
    get blocked() {
      return blocked
    },
    onWritable(listener) {
      writable.push(listener)
    },
    onCongested(listener) {
      congestion.push(listener)
    },
    flush(signal) {
      if (!blocked || closed || signal.aborted) return Promise.resolve()
      const { promise, resolve } = Promise.withResolvers<void>()
      writable.push(() => {
        if (!blocked) resolve()
      })
      stdout.once('close', resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
      return promise
    },
  }
}

function takeGroup(waiting: string[]): string {
  let units = 0
  let count = 0
  for (const line of waiting) {
    if (count > 0 && units + line.length > GROUP_UNITS) break
    units += line.length
    count += 1
  }
  return waiting.splice(0, count).join('')
}
