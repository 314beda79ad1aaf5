/** How the few rows below the transcript are shared out, so that they never fill the screen and never flicker. */

/** The live region is never taller: terminals redraw tall ones visibly. */
export const LIVE_ROWS = 8

export interface Wanted {
  /** Rows of the draft, at least 1. */
  readonly draft: number
  /** Commands to choose from. */
  readonly completions: number
  readonly spinner: boolean
  readonly waiting: boolean
}

export interface Allotment {
  readonly gap: boolean
  readonly waiting: boolean
  readonly spinner: boolean
  readonly border: boolean
  readonly draft: number
  readonly completions: number
  readonly footer: boolean
}

/** @param rows of the terminal; in a small one the least important parts go first */
export function allotRows(rows: number, wanted: Wanted): Allotment {
  let left = Math.max(1, Math.min(LIVE_ROWS, rows - 1)) - 1
  const take = (count: number, wants = true): boolean => {
    if (!wants || left < count) return false
    left -= count
    return true
  }
  const border = take(2)
  const spinner = take(1, wanted.spinner)
  const footer = take(1, wanted.completions === 0)
  const completions = Math.min(wanted.completions, left)
  left -= completions
  const gap = take(1)
  const waiting = take(1, wanted.waiting)
  const draft = 1 + Math.min(wanted.draft - 1, left)
  return { gap, waiting, spinner, border, draft, completions, footer }
}

/** The first of `shown` rows out of `count`, such that row `at` is among them, in the middle where it can be. */
export function windowStart(count: number, shown: number, at: number): number {
  return Math.max(0, Math.min(at - Math.floor(shown / 2), count - shown))
}
