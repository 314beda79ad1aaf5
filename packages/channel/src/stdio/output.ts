/** Lines to the host, in order, with back-pressure: a host that reads slowly costs bounded memory. */
import type { Writable } from 'node:stream'
import { guardStdout } from './guard.ts'

/** Past this much waiting the host is asked for no further requests. In UTF-16 units. */
const CONGESTED_UNITS = 1024 * 1024

/** Lines that wait are joined up to this size, so that a burst costs few system calls. In UTF-16 units. */
const GROUP_UNITS = 32 * 1024

export interface Output {
  /** Queues a line; order is kept. Replies are sent this way whatever waits; `onCongested` bounds their number. */
  send(line: string): void
  /** True while the pipe is full; {@link whenWritable} tells when it is not. */
  readonly blocked: boolean
  /** Calls back at every change of {@link blocked}. */
  onBlocked(listener: (blocked: boolean) => void): void
  /** Calls back when so much waits that no more requests should be read, and when it no longer does. */
  onCongested(listener: (congested: boolean) => void): void
  /** Resolves when everything sent is in the pipe, or the pipe is closed, or the signal aborts. */
  flush(signal: AbortSignal): Promise<void>
}

/** Takes stdout over (see {@link guardStdout}); `onClosed` is called once when the host has closed its end. */
export function createOutput(onClosed: () => void, stdout: Writable = process.stdout): Output {
  const write = guardStdout(stdout)
  const waiting: string[] = []
  const listeners: ((blocked: boolean) => void)[] = []
  const congestion: ((congested: boolean) => void)[] = []
  let waitingUnits = 0
  let blocked = false
  let congested = false
  let closed = false

  const setBlocked = (value: boolean) => {
    if (blocked === value) return
    blocked = value
    for (const listener of listeners) listener(value)
  }
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
    while (waiting.length > 0 && !closed) {
      const group = takeGroup(waiting)
      measure(-group.length)
      if (!write(group)) {
        setBlocked(true)
        return
      }
    }
    setBlocked(false)
  }
  stdout.on('drain', pump)
  stdout.on('error', end)
  stdout.on('close', end)

  return {
    send(line) {
      if (closed) return
      waiting.push(`${line}\n`)
      measure(line.length + 1)
      if (!blocked) pump()
    },
    get blocked() {
      return blocked
    },
    onBlocked(listener) {
      listeners.push(listener)
    },
    onCongested(listener) {
      congestion.push(listener)
    },
    flush(signal) {
      if (!blocked || closed || signal.aborted) return Promise.resolve()
      const { promise, resolve } = Promise.withResolvers<void>()
      listeners.push((value) => value || resolve())
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
