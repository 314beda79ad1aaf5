/** Takes the figures in rounds: within one, each figure of all subjects in turn, so that a slow minute slows all. */
import type { Runtime } from '@backchannel/testkit'
import { type AgentCosts, canMeasureAgents, measureAgents } from './agents/agents.ts'
import { type ApprovalCosts, measureApproval } from './approval/approval.ts'
import type { Figure, Part, RunOptions, Unit } from './figures/figure.ts'
import { FIGURES } from './figures/index.ts'
import { type HubCosts, measureHub } from './hub/hub.ts'
import { type JournalCosts, measureJournal } from './journal/journal.ts'
import { describeMachine, type Machine } from './machine.ts'
import { AGENTS, APPROVAL, type BenchOptions, HUB, JOURNAL } from './options.ts'
import { createScratch, type Scratch } from './scratch.ts'
import { JOBS, type Job, listSubjects, type Subject, VARIANTS, type Variant } from './subjects.ts'
import { warmUp } from './warm-up.ts'

/** One line of a table: a part of a figure with what every subject had for it, round by round. */
export interface Row {
  readonly figure: string
  readonly title: string
  readonly part: Part
  readonly unit: Unit
  /** Of the same length for each variant; undefined where a round has no value. */
  readonly values: ReadonlyMap<Variant, readonly (number | undefined)[]>
}

export interface JobResult {
  readonly job: Job
  readonly runtime: Runtime
  readonly variants: readonly Variant[]
  /** Whether the plugin stored what it was told in a journal while it was measured. */
  readonly journal: boolean
  readonly rows: readonly Row[]
}

export interface Results {
  readonly machine: Machine
  readonly quick: boolean
  readonly rounds: number
  readonly seconds: number
  readonly jobs: readonly JobResult[]
  readonly journal: readonly JournalCosts[]
  readonly approval: ApprovalCosts | undefined
  readonly hub: readonly HubCosts[]
  readonly agents: readonly AgentCosts[]
  /** What could not be measured, and why. */
  readonly problems: readonly string[]
}

const QUICK_VARIANTS: readonly Variant[] = ['bare', 'process']

/** What is filled, round by round. */
interface Group {
  readonly job: Job
  readonly runtime: Runtime
  readonly subjects: readonly Subject[]
  readonly journal: boolean
  readonly samples: Map<string, (number | undefined)[]>
}

/** @param tell gets a line as each piece of work begins. */
export async function runBench(options: BenchOptions, tell: (line: string) => void): Promise<Results> {
  const beganAt = performance.now()
  const seconds = () => (performance.now() - beganAt) / 1000
  await using scratch = await createScratch()
  const machine = await describeMachine(scratch.folder)
  const problems: string[] = []
  const run: RunOptions = { quick: options.quick, scratch }
  const figures = selectFigures(options)

  const journal: JournalCosts[] = []
  if (isWanted(options, JOURNAL)) {
    tell('journal alone')
    journal.push(...(await measureJournal(options.runtimes, run)))
  }
  let approval: ApprovalCosts | undefined
  if (isWanted(options, APPROVAL)) {
    tell('approval')
    approval = await measureApproval(run)
  }
  const hub: HubCosts[] = []
  if (isWanted(options, HUB)) {
    tell('hub')
    hub.push(...(await measureHub(run)))
  }
  const agents: AgentCosts[] = []
  // By name, or where they are there anyway: they take some 500 MB that no other figure needs.
  if (options.only.includes(AGENTS) || (isWanted(options, AGENTS) && !options.quick && canMeasureAgents())) {
    tell('agents')
    agents.push(...(await measureAgents(run)))
  }
  const groups = figures.length === 0 ? [] : await prepare(options, scratch, tell)
  const due = (round: number) => figures.filter((figure) => round < (figure.rounds ?? options.rounds))
  const took = new Map<Figure, number>()
  let rounds = 0
  for (; groups.length > 0 && rounds < options.rounds; rounds += 1) {
    const expected = due(rounds).reduce((sum, figure) => sum + (took.get(figure) ?? 0), 0)
    if (rounds > 0 && seconds() + expected > options.budgetSeconds) break
    took.clear()
    for (const group of groups) {
      tell(`round ${rounds + 1}: ${group.job}, ${group.runtime}`)
      for (const figure of due(rounds)) {
        const from = seconds()
        await takeRound(group, figure, rounds, run, problems)
        took.set(figure, (took.get(figure) ?? 0) + seconds() - from)
      }
    }
  }
  return {
    machine,
    quick: options.quick,
    rounds,
    seconds: seconds(),
    jobs: groups.map((group) => collect(group, figures)),
    journal,
    approval,
    hub,
    agents,
    problems: [...new Set(problems)],
  }
}

function isWanted({ only }: BenchOptions, name: string): boolean {
  return only.length === 0 || only.includes(name)
}

/** Naming jobs alone keeps all figures, naming figures alone keeps all jobs. */
function selectFigures({ only }: BenchOptions): readonly Figure[] {
  const named = FIGURES.filter(({ name }) => only.includes(name))
  if (named.length > 0 || only.length === 0) return only.length === 0 ? FIGURES : named
  return JOBS.some((job) => only.includes(job)) ? FIGURES : []
}

async function prepare(
  { only, quick, runtimes, plugins }: BenchOptions,
  scratch: Scratch,
  tell: (line: string) => void,
): Promise<Group[]> {
  const jobs = JOBS.filter((job) => only.includes(job))
  const groups: Group[] = []
  for (const job of jobs.length > 0 ? jobs : JOBS) {
    for (const runtime of runtimes) {
      tell(`warm-up: ${job}, ${runtime}`)
      const subjects = await listSubjects(job, runtime, { plugins, baselines: scratch.baselines })
      const keeping: Variant[] = []
      for (const subject of quick ? subjects.slice(0, 2) : subjects) {
        if ((await warmUp(subject, scratch)).journal) keeping.push(subject.variant)
      }
      const journal = keeping.includes('process')
      // What stores nothing has no durability to choose.
      const useful = subjects.filter(({ variant }) => variant !== 'power' || journal)
      groups.push({ job, runtime, subjects: useful, journal, samples: new Map() })
    }
  }
  return groups
}

async function takeRound(
  group: Group,
  figure: Figure,
  round: number,
  run: RunOptions,
  problems: string[],
): Promise<void> {
  const wanted = run.quick ? (figure.quickVariants ?? QUICK_VARIANTS) : (figure.variants ?? VARIANTS)
  const subjects = group.subjects.filter(({ variant }) => wanted.includes(variant))
  const repeats = run.quick ? 1 : (figure.repeats ?? 1)
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    // Every other time the other way round: nobody is always the first.
    for (const subject of (round + repeat) % 2 === 0 ? subjects : subjects.toReversed()) {
      const sample = await figure.run(subject, run).catch((thrown: unknown) => {
        problems.push(
          `${group.job}, ${subject.variant}, ${group.runtime}: ${figure.title}: ${(thrown as Error).message}`,
        )
        return {} as Record<string, number>
      })
      for (const { key } of figure.parts) {
        const name = keyOf(figure, key, subject.variant)
        group.samples.set(name, [...(group.samples.get(name) ?? []), sample[key]])
      }
    }
  }
}

function collect(group: Group, figures: readonly Figure[]): JobResult {
  const { job, runtime, journal, samples } = group
  const variants = group.subjects.map(({ variant }) => variant)
  const rows = figures.flatMap((figure) =>
    figure.parts.map((part): Row => {
      const values = variants.flatMap((variant) => {
        const found = samples.get(keyOf(figure, part.key, variant))
        return found === undefined ? [] : [[variant, found] as const]
      })
      return { figure: figure.name, title: figure.title, part, unit: figure.unit, values: new Map(values) }
    }),
  )
  return { job, runtime, variants, journal, rows }
}

function keyOf({ name }: Figure, part: string, variant: Variant): string {
  return `${name} ${part} ${variant}`
}
