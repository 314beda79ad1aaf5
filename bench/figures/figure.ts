/** The shape of a figure. Another one is another file here with this shape, named in `index.ts`. */
import type { Scratch } from '../scratch.ts'
import type { Subject, Variant } from '../subjects.ts'

export type Unit = 'ms' | 'µs' | 'MB' | '1/s'

export interface RunOptions {
  /** A look whether everything works, not a measurement. */
  readonly quick: boolean
  readonly scratch: Scratch
}

/** One line of the table. */
export interface Part {
  /** The key of its value in a {@link Sample}. */
  readonly key: string
  readonly label: string
  /** What the ratio to the bare server should be, for the default durability towards a stock host. */
  readonly target?: { readonly most: number } | { readonly least: number }
}

/** A value per part; a part that a subject can't have is left out, one that never came is Infinity. */
export type Sample = Readonly<Record<string, number>>

export interface Figure {
  /** For `--only`. */
  readonly name: string
  readonly title: string
  readonly unit: Unit
  readonly parts: readonly Part[]
  /** Which subjects it differs for; default: all. `bare` has to be one of them. */
  readonly variants?: readonly Variant[]
  /** Those of them that a quick run has; default: `bare` and `process`. */
  readonly quickVariants?: readonly Variant[]
  /** In how many rounds of a full bench it takes part; default: all. */
  readonly rounds?: number
  /** How often it is taken within one round, each time for all subjects in turn; default: 1. */
  readonly repeats?: number
  run(subject: Subject, options: RunOptions): Promise<Sample>
}
