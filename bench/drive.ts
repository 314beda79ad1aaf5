/** Drives events through a running channel and times each: from the write to the source's socket to the read line. */
import { type Ingress, parseContent } from './ingress/ingress.ts'
import type { Running } from './launch.ts'

export interface Load {
  readonly events: number
  /** How many may be on their way at a time; with `everyMs` it bounds what a stall piles up. */
  readonly inFlight: number
  /** Paced: one event each so many milliseconds. Without it, the next goes out when one is through. */
  readonly everyMs?: number
  /** After so long nothing more is sent, and `events` are the most there are. */
  readonly mostMs?: number
}

export interface Outcome {
  /** How many events were sent; all of them came. */
  readonly events: number
  /** From ingress to notification, per event in the order they were sent, in microseconds. */
  readonly notified: Float64Array
  /** From ingress to the channel's own answer; undefined where it gives none. */
  readonly accepted: Float64Array | undefined
  /** From the first write until the last event was through. */
  readonly elapsedMs: number
}

/** Nothing came for so long: nothing more will. */
const STALL_MS = 10_000

/**
 * Over HTTP an event is through when it was answered and has been read by the host; over a WebSocket, which one side
 * answers and the other doesn't, when it has been read. In both cases it ends when everything has come.
 * @throws Error if an event is refused or comes twice, or the channel ends or stops.
 */
export async function drive(running: Running, ingress: Ingress, load: Load): Promise<Outcome> {
  const { subject, host } = running
  const { events, inFlight, everyMs, mostMs = Number.POSITIVE_INFINITY } = load
  const first = running.takeNumbers(events)
  const sentAt = new Float64Array(events)
  const notified = new Float64Array(events)
  const accepted = subject.acknowledges ? new Float64Array(events) : undefined
  const partsThrough = subject.ingress === 'http' ? 2 : 1
  const partsAll = subject.acknowledges ? 2 : 1
  const parts = new Uint8Array(events)
  const { promise: done, resolve, reject } = Promise.withResolvers<void>()
  let wanted = events
  let sent = 0
  let through = 0
  let complete = 0
  let endedAt = 0

  const send = () => {
    const index = sent
    sent += 1
    sentAt[index] = performance.now()
    ingress.send(first + index)
  }
  const limit = setTimeout(
    () => reject(new Error(`${through} of ${sent} events came, then none for ${STALL_MS} ms`)),
    STALL_MS,
  )
  const note = (times: Float64Array, number: number | undefined, at: number) => {
    const index = (number ?? -1) - first
    // What another run in the same process sent last may come now.
    if (!(index >= 0 && index < events)) return
    if (times[index] !== 0) return reject(new Error(`event ${number} came twice`))
    times[index] = (at - (sentAt[index] as number)) * 1000
    parts[index] = (parts[index] as number) + 1
    if (parts[index] === partsAll) complete += 1
    if (parts[index] === partsThrough) {
      through += 1
      endedAt = at
      if (at - beganAt > mostMs) wanted = sent
      if (everyMs === undefined && sent < wanted) send()
    }
    if (complete === wanted) resolve()
    else limit.refresh()
  }
  host.onEvent((content, at) => note(notified, parseContent(content), at))
  ingress.onAccepted((number, at) => accepted && note(accepted, number, at))

  const pace = setInterval(() => {
    if (everyMs !== undefined && sent < wanted && sent - through < inFlight) send()
  }, everyMs ?? STALL_MS)
  const beganAt = performance.now()
  if (everyMs === undefined) while (sent < Math.min(events, inFlight)) send()
  try {
    await Promise.race([
      done,
      ingress.failed,
      host.exited.then(() => {
        throw new Error('the channel ended under load')
      }),
    ])
  } catch (thrown) {
    throw new Error(`${(thrown as Error).message}\n${host.stderr}`.trim(), { cause: thrown })
  } finally {
    clearInterval(pace)
    clearTimeout(limit)
    host.onEvent(() => {})
    ingress.onAccepted(() => {})
  }
  return {
    events: sent,
    notified: notified.subarray(0, sent),
    accepted: accepted?.subarray(0, sent),
    elapsedMs: endedAt - beganAt,
  }
}
