/** One run: senders at full speed, kills by schedule, and at the end what was kept of what was promised. */
import { setTimeout as delay } from 'node:timers/promises'
import { isAlive, waitFor } from '@backchannel/testkit'
import { createProject } from '../support/command.ts'
import { killAll, type Victim } from './killer.ts'
import { createRandom, type Random } from './random.ts'
import { createRecord, type FaultRecord, type Verdict } from './record.ts'
import { createSchedule } from './schedule.ts'
import type { Outgoing } from './senders/sender.ts'
import { killGroups, type RunningSession, startSession } from './session.ts'
import type { Subject } from './subjects.ts'

export interface RunOptions {
  readonly seed: number
  readonly subject: Subject
  readonly victim: Victim
  readonly events: number
  readonly kills: number
  /** For the sessions and their channels. */
  readonly env?: Readonly<Record<string, string>>
  progress?(text: string): void
}

export interface RunResult extends Verdict {
  readonly name: string
  readonly kills: number
  readonly seconds: number
  /** What else went wrong; empty in a run that kept every promise. */
  readonly problems: readonly string[]
  /** What the sessions said, newest last. */
  readonly notices: readonly string[]
}

/** No acknowledgement and no delivery for this long: the run is stuck. */
const STALL_MS = 20_000
/** A channel whose session was killed ends within a second; the machine may be busy. */
const ORPHAN_LIMIT_MS = 5_000
const KEPT_NOTICES = 40

export async function runOne(options: RunOptions): Promise<RunResult> {
  const { seed, subject, victim, events, kills, env = {}, progress } = options
  const startedAt = performance.now()
  await using project = await createProject()
  const record = createRecord()
  const notices: string[] = []
  const problems: string[] = []
  const channels = new Set<number>()
  const ports: Readonly<Record<string, number>> = project.ports
  const target = { port: ports[subject.name] ?? 0 }
  const stage = await subject.open({ seed, senders: subject.senders })
  const replies = new Map<string, { called: number; ok: number }>()
  const stop = new AbortController()
  let sessions = 0
  const open = (): RunningSession => {
    sessions += 1
    const number = sessions
    return startSession({
      project,
      subject,
      env: { ...env, ...stage.env },
      target,
      received: ({ content, meta }) => record.delivered(content, meta['redelivered'] === 'true', number),
      answered: (id) => record.answered(id),
      replied(id, ok) {
        const count = replies.get(id) ?? { called: 0, ok: 0 }
        replies.set(id, count)
        if (ok === undefined) count.called += 1
        else if (ok) count.ok += 1
      },
      notice(text) {
        notices.push(`${((performance.now() - startedAt) / 1000).toFixed(2)} s: ${text}`)
        if (notices.length > KEPT_NOTICES) notices.shift()
      },
    })
  }
  let session = open()
  const next = () => {
    session = open()
    return session
  }
  const send = (name: string, outgoing: readonly Outgoing[]) => {
    for (const { id, content } of outgoing) record.sending(id, content)
    return stage.send({ name, events: outgoing, target, record, signal: stop.signal })
  }
  const ticker = setInterval(() => {
    progress?.(`${record.acknowledgements} acknowledged, ${record.deliveries} delivered, ${record.missing} to do`)
  }, 5_000)
  const stuck = failWhenStuck(record, stop.signal)
  const unlessStuck = <Result>(work: Promise<Result>): Promise<Result> => Promise.race([work, stuck])
  const allAnswered = () => unlessStuck(whenAllAnswered(record, stop.signal))
  let killed = 0
  try {
    const schedule = createSchedule(seed, events, kills)
    const random = createRandom(seed + 1)
    await unlessStuck(session.listening)
    const sending = divide(events, subject.senders).map((count, at) =>
      send(`s${at}`, compose(`s${at}`, count, random, subject.mostUnits)),
    )
    const killing = killAll(victim, { schedule, record, session: () => session, next, channels, signal: stop.signal })
    await unlessStuck(Promise.all([killing, ...sending]))
    killed = await killing
    await stage.calm()
    await allAnswered()
    // The next session gets what this one had not completed; an event behind it shows that all of that has come.
    await session.end('SIGTERM')
    await unlessStuck(next().listening)
    await unlessStuck(send('last', compose('last', 1, random, subject.mostUnits)))
    await allAnswered()
    await session.end('SIGTERM')
    await waitFor(() => ![...channels].some(isAlive), {
      what: 'the channels of killed sessions to end',
      timeoutMs: ORPHAN_LIMIT_MS,
    })
  } catch (thrown) {
    problems.push(thrown instanceof Error ? thrown.message : String(thrown))
  } finally {
    clearInterval(ticker)
    stop.abort()
    await session.end('SIGKILL')
    killGroups([...channels].filter(isAlive))
    if (problems.length === 0) {
      problems.push(...stage.problems({ calls: replies, killedSessions: victim === 'host' ? killed : 0 }))
    }
    await stage.close()
  }
  return {
    name: `${subject.name}, ${victim} killed`,
    kills: killed,
    seconds: (performance.now() - startedAt) / 1000,
    ...record.judge(),
    problems,
    notices,
  }
}

/** Rejects when nothing happens any more, or when the signal aborts. */
function failWhenStuck(record: FaultRecord, signal: AbortSignal): Promise<never> {
  const watch = async (): Promise<never> => {
    for (let last = -1; ; ) {
      const now = record.acknowledgements + record.deliveries
      if (now === last) throw new Error(`nothing has happened for ${STALL_MS / 1000} s`)
      last = now
      await delay(STALL_MS, undefined, { signal })
    }
  }
  const watching = watch()
  watching.catch(() => {})
  return watching
}

async function whenAllAnswered(record: FaultRecord, signal: AbortSignal): Promise<void> {
  while (record.missing > 0) await delay(5, undefined, { signal })
}

function divide(events: number, parts: number): number[] {
  return Array.from({ length: parts }, (_, at) => Math.floor((events + at) / parts))
}

/** Mostly small, some larger than a pipe takes at once, so that kills fall into the middle of a line too. */
function compose(sender: string, count: number, random: Random, most = Number.POSITIVE_INFINITY): Outgoing[] {
  return Array.from({ length: count }, (_, at) => {
    const id = `${sender}-${String(at).padStart(5, '0')}`
    const size = random.fraction()
    const wanted = size < 0.95 ? random.below(200) : size < 0.995 ? random.below(8_000) : random.below(100_000)
    const units = Math.min(wanted, most)
    return { id, content: `${id} ${'build failed on main. '.repeat(Math.ceil(units / 22)).slice(0, units)}.` }
  })
}
