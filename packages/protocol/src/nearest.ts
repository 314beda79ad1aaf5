/** Finds the name that was probably meant, so that a typing error is answered with its correction. */

const LONGEST = 64

/** The candidate fewest edits away from `text`, if it is near enough to be what was meant. */
export function nearest(text: string, candidates: Iterable<string>): string | undefined {
  if (text.length === 0 || text.length > LONGEST) return undefined
  let best: string | undefined
  let fewest = Math.max(1, Math.floor(text.length / 3)) + 1
  for (const candidate of candidates) {
    if (candidate.length > LONGEST) continue
    const edits = distance(text.toLowerCase(), candidate.toLowerCase())
    if (edits < fewest) {
      best = candidate
      fewest = edits
    }
  }
  return best
}

/** Insertions, deletions, replacements of one character, and exchanges of two neighbours. */
function distance(from: string, to: string): number {
  let twoAbove: number[] = []
  let above = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1]
      const isExchanged = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current.push(
        Math.min(
          at(above, column - 1) + (isSame ? 0 : 1),
          at(above, column) + 1,
          at(current, column - 1) + 1,
          isExchanged ? at(twoAbove, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
    twoAbove = above
    above = current
  }
  return at(above, to.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
