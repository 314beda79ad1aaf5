/** Ids of events that sort as they were made, so that the journal's index grows at its end and costs few pages a group. */
import { randomUUID } from 'node:crypto'

let lastMs = 0
let count = 0
/** The time as the id begins with it: most ids of a burst are of one millisecond. */
let prefix = ''
let prefixMs = -1
const MOST_COUNT = 0xfff

/** A UUID of version 7 (RFC 9562, method 1): milliseconds, a counter within one, 62 random bits. A clock set back is not followed. */
export function createOrderedId(now: number = Date.now()): string {
  if (now > lastMs) {
    lastMs = now
    count = 0
  } else if (count === MOST_COUNT) {
    lastMs += 1
    count = 0
  } else {
    count += 1
  }
  if (prefixMs !== lastMs) {
    prefixMs = lastMs
    const time = lastMs.toString(16).padStart(12, '0')
    prefix = `${time.slice(0, 8)}-${time.slice(8)}-7`
  }
  return `${prefix}${count.toString(16).padStart(3, '0')}-${randomUUID().slice(19)}`
}
