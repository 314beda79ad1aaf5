/**
 * Gives the event loop its turn whatever an author's program does: one that emits in a loop, or tries again at once
 * what has failed, would otherwise never let the channel read what the host says, the end of the session included.
 */
import { setImmediate } from 'node:timers/promises'

/** Events that may be sent in a row before others get their turn. */
const ROW_EVENTS = 256

/** @returns what to lay around each promise of `emit`; a failure takes a turn, and so does one success in a row of many. */
export function createTurns(): <Result>(emitting: Promise<Result>) => Promise<Result> {
  let row = 0
  let pause: Promise<void> | undefined
  return async (emitting) => {
    try {
      const result = await emitting
      row += 1
      if (row >= ROW_EVENTS) {
        row = 0
        pause ??= setImmediate().then(() => {
          pause = undefined
        })
      }
      // Whoever comes while there is a pause waits for it too: events are acknowledged in the order they were stored.
      if (pause) await pause
      return result
    } catch (thrown) {
      await setImmediate()
      throw thrown
    }
  }
}
