/** A flood of short events through a channel: each comes once, none is refused, and memory stays where it was. */
import { drive } from '../drive.ts'
import { launch } from '../launch.ts'
import { readMemory, resetPeak } from '../memory.ts'
import type { Scratch } from '../scratch.ts'
import type { Subject } from '../subjects.ts'
import type { FloodResult } from './table.ts'

/** As many connections as sources have; over a WebSocket as many as a page may have open. */
const IN_FLIGHT = 256
/** Of the flood, after which memory is looked at for the first time: caches are full by then. */
const SETTLED = 0.1

/** @throws Error if an event is refused, comes twice or does not come. */
export async function floodChannel(subject: Subject, scratch: Scratch, events: number): Promise<FloodResult> {
  await using running = await launch(subject, scratch)
  await running.reach()
  const ingress = await running.connect(IN_FLIGHT)
  const { pid } = running.host
  const first = await drive(running, ingress, { events: Math.round(events * SETTLED), inFlight: IN_FLIGHT })
  const settled = await readMemory(pid)
  await resetPeak(pid)
  const rest = await drive(running, ingress, { events: events - first.events, inFlight: IN_FLIGHT })
  return {
    name: subject.job,
    sent: first.events + rest.events,
    delivered: first.events + rest.events,
    dropped: 0,
    seconds: (first.elapsedMs + rest.elapsedMs) / 1000,
    settledBytes: settled.resident,
    mostBytes: (await readMemory(pid)).peak,
  }
}
