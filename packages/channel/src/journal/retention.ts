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

  const sweep = () => {
    idle = undefined
    try {
      if (store.deleteClosed(keepClosed, AT_ONCE)) schedule()
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
      if (writes % EVERY_WRITES === 1) schedule()
    },
    close() {
      clearTimeout(idle)
    },
  }
}
