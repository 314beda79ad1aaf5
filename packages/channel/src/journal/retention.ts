/** Deletes old closed events, a few at a time and only when nothing else is to be done. */
import type { Store } from './store.ts'

const AT_ONCE = 100
/** Writes after which it is worth a look. */
const EVERY_WRITES = 64

export interface Retention {
  afterWrite(): void
  close(): void
}

/**
 * Counts by number, not by age: a clock that jumps must not empty a journal.
 * @param failed gets what a deletion ran into; it is tried again later
 */
export function createRetention(store: Store, keepClosed: number, failed: (thrown: unknown) => void): Retention {
  let writes = 0
  let idle: NodeJS.Timeout | undefined
  /** Another round is to follow the one that is under way. */
  let due = false

  const sweep = () => {
    idle = undefined
    try {
      const isUnderWay = store.deleteClosed(keepClosed, AT_ONCE)
      if (isUnderWay || due) schedule()
      due &&= isUnderWay
    } catch (thrown) {
      failed(thrown)
    }
  }
  const schedule = () => {
    idle ??= setTimeout(sweep, 20).unref()
  }
  return {
    afterWrite() {
      writes += 1
      if (keepClosed === Number.POSITIVE_INFINITY || writes % EVERY_WRITES !== 1) return
      due = idle !== undefined
      schedule()
    },
    close() {
      clearTimeout(idle)
    },
  }
}
