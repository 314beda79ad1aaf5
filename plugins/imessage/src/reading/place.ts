/** How far the database was read, as it is kept for the next process. */

export interface Place {
  /** Up to here every row is done with, but for those that are waited for. */
  readonly row: number
  /** Of that row, by which the database is known again. */
  readonly guid: string
  /** Rows before it of which something was missing when they were read; since when, in milliseconds since 1970. */
  readonly waiting: readonly Waiting[]
  /** The newest change of a row that was read; milliseconds since 1970. */
  readonly editedAt: number
  /** When it was read for the last time. */
  readonly at: number
}

export interface Waiting {
  readonly row: number
  readonly since: number
}

/** The name that it is kept under. */
export const PLACE = 'messages'

/** What a journal holds was written by a version of ours; its file may have been damaged since. */
export function readPlace(value: unknown): Place | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { row, guid, waiting, editedAt, at } = value as Readonly<Record<string, unknown>>
  const isNumber = (one: unknown): one is number => typeof one === 'number' && Number.isSafeInteger(one)
  if (!isNumber(row) || typeof guid !== 'string' || !isNumber(editedAt) || !isNumber(at) || !Array.isArray(waiting)) {
    return undefined
  }
  const whole = waiting.filter((one) => isNumber(one?.row) && isNumber(one?.since)) as Waiting[]
  return { row, guid, waiting: whole, editedAt, at }
}
