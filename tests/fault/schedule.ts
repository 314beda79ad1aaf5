/** When what is killed: at counts of acknowledged events, now and then again while the next process is still starting. */
import { createRandom } from './random.ts'

export interface Kill {
  /** Once this many events are acknowledged, over all senders. */
  readonly acknowledged: number
  /** Then this much later, so that it falls between any two instructions. */
  readonly delayMs: number
  /** Killed once more this long after the next process was started; it may not even have shaken hands. */
  readonly againMs: number | undefined
  /** Before a killed session is followed by the next. */
  readonly pauseMs: number
}

const LONGEST_DELAY_MS = 40
const LONGEST_AGAIN_MS = 400
const LONGEST_PAUSE_MS = 150
/** Of the kills, how many hit the next process too. */
const AGAIN = 0.2

/** As many kills as asked for, those that hit the next process included, in the order in which they come. */
export function createSchedule(seed: number, events: number, kills: number): readonly Kill[] {
  const random = createRandom(seed)
  const schedule: Kill[] = []
  for (let left = kills; left > 0; left -= 1) {
    const again = left > 1 && random.fraction() < AGAIN
    if (again) left -= 1
    schedule.push({
      // Not after the last events: there must be something left to lose.
      acknowledged: 1 + random.below(Math.max(1, Math.floor(events * 0.97))),
      delayMs: random.below(LONGEST_DELAY_MS),
      againMs: again ? random.below(LONGEST_AGAIN_MS) : undefined,
      // Half of the sessions follow at once, while the channel of the one before is still ending.
      pauseMs: Math.max(0, random.below(2 * LONGEST_PAUSE_MS) - LONGEST_PAUSE_MS),
    })
  }
  return schedule.sort((one, other) => one.acknowledged - other.acknowledged)
}
