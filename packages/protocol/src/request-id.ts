/** Ids of open permission requests: five letters that can be typed on a phone (contract 5). */
import { BackchannelError } from './errors.ts'

/** No `l`: on a phone it reads as `1` or `I`. */
const LETTERS = 'abcdefghijkmnopqrstuvwxyz'
const LENGTH = 5
/** Of 25^5 ids; past this many open ones something is broken and drawing on would slow down. */
const MOST_OPEN = 1_000_000

export const REQUEST_ID_PATTERN: RegExp = /^[a-km-z]{5}$/

/**
 * Draws an id that is not open.
 * @param open ids in use now.
 * @param random uniform integers below its argument; the default is cryptographic, so that ids can't be guessed.
 */
export function createRequestId(
  open: { has(id: string): boolean; readonly size: number },
  random: (below: number) => number = randomBelow,
): string {
  if (open.size > MOST_OPEN)
    throw new BackchannelError('closed', `${open.size} permission requests are open; no further one is opened.`)
  for (;;) {
    let id = ''
    for (let at = 0; at < LENGTH; at += 1) id += LETTERS[random(LETTERS.length)] ?? 'a'
    if (!open.has(id)) return id
  }
}

/** Uniform over 0…below-1 for below ≤ 256, by rejection. */
function randomBelow(below: number): number {
  const limit = 256 - (256 % below)
  for (;;) {
    const byte = globalThis.crypto.getRandomValues(new Uint8Array(1))[0] ?? 0
    if (byte < limit) return byte % below
  }
}
