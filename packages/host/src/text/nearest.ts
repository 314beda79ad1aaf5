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

/** Insertions, deletions and replacements of one character. */
function distance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const replaced = (above[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, (above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    above = current
  }
  return above[to.length] ?? 0
}
