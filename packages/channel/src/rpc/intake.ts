/**
 * What comes from the host, on its way in: requests are held back while the host does not read its answers, so that
 * memory stays bounded both ways, while receipts and the end of input are still seen.
 */
import type { Log } from '../log.ts'
import { type Incoming, parseMessage } from './messages.ts'

/** Requests held, in UTF-16 units of their lines; past it they are dropped, since nobody reads the answers. */
const HELD_UNITS = 8 * 1024 * 1024

export interface Intake {
  /** One line from the host. */
  take(line: string): void
  /** Holds back from now on (`true`), or passes on what was held and all that comes (`false`). */
  hold(holding: boolean): void
}

export function createIntake(pass: (message: Incoming) => void, log: Log): Intake {
  const held: { readonly message: Incoming; readonly units: number }[] = []
  let heldUnits = 0
  let holding = false
  let releasing = false
  let dropped = 0

  const release = () => {
    if (releasing) return
    releasing = true
    let count = 0
    for (const { message, units } of held) {
      // What is passed on may fill the pipe again.
      if (holding) break
      count += 1
      heldUnits -= units
      pass(message)
    }
    held.splice(0, count)
    releasing = false
    if (dropped > 0) log.warn(`${dropped} requests of the host were dropped: it did not read its answers`)
    dropped = 0
  }

  return {
    take(line) {
      const message = parseMessage(line)
      if (!holding || isAnsweredByNothing(message)) return pass(message)
      if (heldUnits + line.length > HELD_UNITS) {
        dropped += 1
        return
      }
      heldUnits += line.length
      held.push({ message, units: line.length })
    },
    hold(value) {
      holding = value
      if (!holding) release()
    },
  }
}

/** A cancellation must not overtake its request. */
function isAnsweredByNothing(message: Incoming): boolean {
  if (message.kind === 'notification') return message.method !== 'notifications/cancelled'
  return message.kind === 'response'
}
