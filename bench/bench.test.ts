/** The bench itself works: a quick run has every row, and every number in it can be a measurement. */
import { describe, expect, it } from 'vitest'
import { type JobResult, type Results, runBench } from './bench.ts'
import { FIGURES } from './figures/index.ts'
import { parseOptions } from './options.ts'
import { renderResults } from './table.ts'

const LIMIT_MS = 120_000
/** Wide enough for any machine: a value outside is a wrong unit or a clock that went wrong. */
const PLAUSIBLE = {
  ms: [0.1, 60_000],
  µs: [0.5, 10_000_000],
  MB: [5, 4_000],
  '1/s': [5, 5_000_000],
} as const

function run(...options: string[]): Promise<Results> {
  return runBench(parseOptions(['--quick', ...options]), () => {})
}

/** Values that no measurement can have been. */
function implausible({ job, rows }: JobResult): string[] {
  return rows.flatMap(({ figure, part, unit, values }) => {
    const [least, most] = PLAUSIBLE[unit]
    return [...values].flatMap(([variant, list]) =>
      list
        // The bare server does not end with its stdin, and over a WebSocket it answers nothing.
        .filter((value) => variant !== 'bare' || (value !== undefined && Number.isFinite(value)))
        .filter((value) => value === undefined || !(value >= least && value <= most))
        .map((value) => `${job}: ${figure} ${part.key} of ${variant} is ${value} ${unit}`),
    )
  })
}

describe('a quick run', () => {
  it(
    'measures everything of one job beside the bare server, and all that has no job, on Node',
    async () => {
      const results = await run(...['webhook', 'journal', 'approval', 'hub'].flatMap((part) => ['--only', part]))
      expect(results.problems).toEqual([])
      expect(results.jobs.map(({ job, runtime }) => `${job} ${runtime}`)).toEqual(['webhook node'])
      const expected = FIGURES.flatMap(({ name, parts }) => parts.map(({ key }) => `${name} ${key}`))
      for (const job of results.jobs) {
        expect(job.rows.map(({ figure, part }) => `${figure} ${part.key}`)).toEqual(expected)
        expect(implausible(job)).toEqual([])
        for (const { values } of job.rows)
          expect([...values.keys()]).toEqual(expect.arrayContaining(['bare', 'process']))
      }
      for (const { times } of results.journal) {
        for (const time of Object.values(times)) expect(time).toBeGreaterThan(0)
      }
      const table = renderResults(results)
      for (const { title } of FIGURES) expect(table).toContain(title)
      expect(table).toContain('## webhook on Node')
      expect(table).toContain('## The journal alone')
      expect(table).toContain('## An approval')
      expect(table).toContain('## Sessions that share an account')
      expect(results.hub.map(({ toSession }) => toSession.length)).toEqual([20, 20])
      for (const time of results.approval?.verdict ?? [0]) expect(time).toBeGreaterThan(0)
      expect(table).not.toMatch(/NaN|undefined|Infinity/)
    },
    LIMIT_MS,
  )

  it(
    'measures one figure of one job on Bun',
    async () => {
      const { jobs, journal, problems } = await run('--only', 'rate', '--only', 'fakechat', '--runtime', 'bun')
      expect(problems).toEqual([])
      expect(journal).toEqual([])
      expect(jobs.map(({ job, runtime }) => `${job} ${runtime}`)).toEqual(['fakechat bun'])
      expect(jobs[0]?.rows.map(({ part }) => part.label)).toEqual(['1 in flight', '32 in flight', '256 in flight'])
      expect(jobs.flatMap(implausible)).toEqual([])
    },
    LIMIT_MS,
  )
})

describe('the command line', () => {
  it('writes the table of a full run only', () => {
    expect(parseOptions([])).toMatchObject({ rounds: 5, runtimes: ['node', 'bun'] })
    expect(parseOptions([]).output).toMatch(/RESULTS\.md$/)
    for (const part of [['--quick'], ['--only', 'rate'], ['--runtime', 'bun']]) {
      expect(parseOptions(part).output).toBeUndefined()
    }
    expect(parseOptions(['--quick', '--output', 'here.md']).output).toBe('here.md')
  })

  it.each([
    [['--only', 'everything'], /--only everything: there are webhook, /],
    [['--runtime', 'deno'], /--runtime deno: there are node, bun/],
    [['--rounds', '0'], /--rounds 0: expected a whole number/],
    [['--budget', 'soon'], /--budget soon/],
    [['--rouns', '2'], /rouns/],
  ])('refuses %j', (parameters, message) => {
    expect(() => parseOptions(parameters)).toThrow(message)
  })
})
