/** The fault run in small, with each test run: an ingress and a chat. `npm run fault` is the real one, of every channel. */
import { describe, expect, it } from 'vitest'
import type { Victim } from './fault/killer.ts'
import { runOne } from './fault/run-one.ts'
import { createSchedule } from './fault/schedule.ts'
import { SMALL_EVENTS, SUBJECTS } from './fault/subjects.ts'
import { isKept, renderProblems, renderTable } from './fault/table.ts'

const KILLS = 3
const SEED = 20_261_123
const VICTIMS: readonly Victim[] = ['channel', 'host']

const SMALL: readonly string[] = ['webhook', 'telegram']

describe.each(SUBJECTS.filter(({ name }) => SMALL.includes(name)))('$name', (subject) => {
  it.each(VICTIMS)('loses nothing that it acknowledged when the %s is killed', { timeout: 60_000 }, async (victim) => {
    const events = subject.smallEvents ?? SMALL_EVENTS
    const result = await runOne({ seed: SEED, subject, victim, events, kills: KILLS })
    expect(renderProblems(result)).toBe('')
    expect(result).toMatchObject({ acknowledged: events + 1, delivered: events + 1, kills: KILLS })
  })
})

describe('the schedule', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(createSchedule(1, 10_000, 20)).toEqual(createSchedule(1, 10_000, 20))
    expect(createSchedule(1, 10_000, 20)).not.toEqual(createSchedule(2, 10_000, 20))
  })

  it.each([0, 1, 2, 3, 20])('has %i kills, those that hit the next process included', (kills) => {
    for (let seed = 0; seed < 50; seed += 1) {
      const schedule = createSchedule(seed, 10, kills)
      const again = schedule.filter(({ againMs }) => againMs !== undefined)
      expect(schedule.length + again.length).toBe(kills)
      for (const { acknowledged } of schedule) expect(acknowledged).toBeLessThan(10)
    }
  })
})

describe('the table', () => {
  const kept = {
    acknowledged: 3,
    delivered: 3,
    repeated: 1,
    lost: [],
    unanswered: [],
    twice: [],
    disordered: [],
    altered: [],
  }
  const run = { name: 'webhook, host killed', kills: 2, seconds: 1.4, problems: [], notices: ['0.10 s: killed'] }

  it('has a line a run', () => {
    expect(renderTable([{ ...run, ...kept }])).toMatchInlineSnapshot(`
      "                      acknowledged  delivered  repeated  lost  twice unlabelled  out of order  kills  s
      webhook, host killed             3          3         1     0                 0             0      2  1
      "
    `)
    expect(renderProblems({ ...run, ...kept })).toBe('')
  })

  it('names the first of what was lost', () => {
    const lost = ['a', 'b', 'c', 'd', 'e', 'f']
    const broken = { ...run, ...kept, lost, problems: ['nothing has happened for 20 s'] }
    expect(isKept(broken)).toBe(false)
    expect(renderProblems(broken)).toBe(
      'webhook, host killed:\n  lost: a, b, c, d, e, …\n  nothing has happened for 20 s\n    0.10 s: killed\n',
    )
  })
})
