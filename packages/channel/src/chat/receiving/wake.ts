/** Notices that the machine has slept: a connection that lived before is dead then, and nobody says so. */

const LOOK_EVERY_MS = 5_000
/** A look that comes this much later than it should means that time went by without us. */
const LATE_MS = 15_000

export interface WakeOptions {
  /** Milliseconds since 1970; default: the system's clock. */
  readonly now?: () => number
  readonly everyMs?: number
}

/** Calls back after each sleep. @returns what ends it */
export function watchWake(wake: () => void, { now = Date.now, everyMs = LOOK_EVERY_MS }: WakeOptions = {}): () => void {
  let last = now()
  const timer = setInterval(() => {
    const late = now() - last - everyMs
    last = now()
    if (late > LATE_MS) wake()
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
