/** How soon a channel is gone after its session: from the end of its stdin to the end of the process. */
import { setTimeout as after } from 'node:timers/promises'
import { drive } from '../drive.ts'
import { launch } from '../launch.ts'
import type { Figure } from './figure.ts'

/** A channel ends within a second; what has not by then does not. */
const LIMIT_MS = 1200
const LIMIT_QUICK_MS = 300

export const end: Figure = {
  name: 'end',
  title: 'stdin EOF → exit',
  unit: 'ms',
  parts: [{ key: 'time', label: '' }],
  variants: ['bare', 'process', 'power'],
  rounds: 2,
  async run(subject, { scratch, quick }) {
    await using running = await launch(subject, scratch)
    await running.reach()
    const ingress = await running.connect(1)
    await drive(running, ingress, { events: 50, inFlight: 1 })
    const endedAt = performance.now()
    running.host.endInput()
    const limit = new AbortController()
    try {
      const exitedAt = await Promise.race([
        running.host.exited,
        after(quick ? LIMIT_QUICK_MS : LIMIT_MS, Number.POSITIVE_INFINITY, { signal: limit.signal }),
      ])
      return { time: exitedAt - endedAt }
    } finally {
      limit.abort()
    }
  },
}
