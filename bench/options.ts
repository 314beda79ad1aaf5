/** The command line of the bench. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { RUNTIMES, type Runtime } from '@backchannel/testkit'
import { FIGURES } from './figures/index.ts'
import { JOBS } from './subjects.ts'

const REPOSITORY: string = join(import.meta.dirname, '..')

export interface BenchOptions {
  /** Everything once and with little load: shows that it works, measures nothing. */
  readonly quick: boolean
  /** Names of figures, jobs or `journal`; empty for all. */
  readonly only: readonly string[]
  readonly runtimes: readonly Runtime[]
  readonly rounds: number
  /** No new round is begun that would end later than this. */
  readonly budgetSeconds: number
  readonly plugins: string
  /** Where the table is written; undefined prints it only. */
  readonly output: string | undefined
  readonly help: boolean
}

export const JOURNAL = 'journal'
export const APPROVAL = 'approval'
export const HUB = 'hub'
export const AGENTS = 'agents'

export const USAGE: string = `npm run bench -- [options]

  --quick            everything once with little load: shows that it works, measures nothing (Node only)
  --only NAME        a figure or a job, may be repeated: ${[...JOBS, ...FIGURES.map(({ name }) => name), JOURNAL, APPROVAL, AGENTS, HUB].join(', ')}
  --runtime NAME     node or bun; default: both
  --rounds N         rounds of all figures; default: 5
  --budget SECONDS   no round is begun that would end later; default: 290
  --plugins FOLDER   built plugins to measure, to compare two builds; default: dist/marketplace/plugins
  --output FILE      where to write the table; default: bench/RESULTS.md for a full bench, else nowhere
`

/** @throws TypeError that says which argument is not understood. */
export function parseOptions(parameters: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      runtime: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string' },
      budget: { type: 'string', default: '290' },
      plugins: { type: 'string', default: join(REPOSITORY, 'dist/marketplace/plugins') },
      output: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const { quick, only } = values
  const known = [...JOBS, ...FIGURES.map(({ name }) => name), JOURNAL, APPROVAL, AGENTS, HUB]
  for (const name of only) {
    if (!known.includes(name)) throw new TypeError(`--only ${name}: there are ${known.join(', ')}`)
  }
  const runtimes = values.runtime.map((name) => {
    const runtime = RUNTIMES.find((one) => one === name)
    if (runtime === undefined) throw new TypeError(`--runtime ${name}: there are ${RUNTIMES.join(', ')}`)
    return runtime
  })
  const isFull = !quick && only.length === 0 && runtimes.length === 0
  return {
    quick,
    only,
    runtimes: runtimes.length > 0 ? runtimes : quick ? ['node'] : RUNTIMES,
    rounds: parseCount('--rounds', values.rounds ?? (quick ? '1' : '5')),
    budgetSeconds: parseCount('--budget', values.budget),
    plugins: values.plugins,
    output: values.output ?? (isFull ? join(import.meta.dirname, 'RESULTS.md') : undefined),
    help: values.help,
  }
}

function parseCount(name: string, text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count > 0) return count
  throw new TypeError(`${name} ${text}: expected a whole number above 0`)
}
