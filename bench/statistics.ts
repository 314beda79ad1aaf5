/** The few statistics the bench needs: quantiles of what was seen, and ratios that are taken round by round. */

export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
}

/**
 * The value below which the share `q` (0 to 1) of the values lies, interpolated between neighbours.
 * @throws RangeError for no values at all, or a `q` outside 0 to 1.
 */
export function quantile(values: ArrayLike<number>, q: number): number {
  if (values.length === 0) throw new RangeError('quantile: there are no values')
  if (!(q >= 0 && q <= 1)) throw new RangeError(`quantile: ${q} is not between 0 and 1`)
  const sorted = Float64Array.from(values).sort()
  const position = q * (sorted.length - 1)
  const below = Math.floor(position)
  const low = sorted[below] as number
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number
  // A value that did not come at all is Infinity, and Infinity - Infinity would be no number.
  return low === high ? low : low + (high - low) * (position - below)
}

export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5)
}

/** @throws RangeError for no values at all. */
export function spread(values: readonly number[]): Spread {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) }
}

/**
 * `ours / theirs` of each round that has both; a machine that slows down for a minute slows both of a round, so that
 * ratios hold where milliseconds do not. Undefined where no round has both as finite numbers.
 */
export function ratios(
  ours: readonly (number | undefined)[],
  theirs: readonly (number | undefined)[],
): Spread | undefined {
  const each = ours.flatMap((our, round) => {
    const their = theirs[round]
    if (our === undefined || their === undefined || !(their > 0)) return []
    const ratio = our / their
    return Number.isFinite(ratio) && Number.isFinite(their) ? [ratio] : []
  })
  return each.length === 0 ? undefined : spread(each)
}
