/** Tells of dropped events: the first of a kind at once, the following ones counted and told once a second. */
import type { DropReason } from '@backchannel/protocol'

const EVERY_MS = 1_000

export interface DropReport {
  add(source: string, reason: DropReason): void
  /** Tells what was counted and stops the timer; what is added later is told at once. Idempotent. */
  close(): void
}

export function createDropReport(tell: (source: string, reason: DropReason, count: number) => void): DropReport {
  const counted = new Map<string, { source: string; reason: DropReason; count: number }>()
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const flush = () => {
    let told = false
    for (const [key, { source, reason, count }] of counted) {
      if (count === 0) counted.delete(key)
      else {
        tell(source, reason, count)
        counted.set(key, { source, reason, count: 0 })
        told = true
      }
    }
    if (told) return
    clearInterval(timer)
    timer = undefined
  }
  return {
    add(source, reason) {
      if (closed) {
        tell(source, reason, 1)
        return
      }
      const key = `${reason} ${source}`
      const known = counted.get(key)
      if (known) known.count += 1
      else {
        counted.set(key, { source, reason, count: 0 })
        tell(source, reason, 1)
      }
      timer ??= setInterval(flush, EVERY_MS)
    },
    close() {
      closed = true
      flush()
      clearInterval(timer)
      timer = undefined
    },
  }
}
