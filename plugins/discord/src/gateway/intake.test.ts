/** What of a session is settled, whatever comes, fails, waits and comes again: a model over any order. */
import { PlatformError } from '@backchannel/channel/chat'
import { waitFor } from '@backchannel/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createIntake, type Intake } from './intake.ts'

function start(most?: number) {
  const ended = new AbortController()
  const failures: unknown[] = []
  const options = { signal: ended.signal, moved() {}, failed: (thrown: unknown) => void failures.push(thrown) }
  return {
    intake: createIntake(most === undefined ? options : { ...options, most }),
    failures,
    end: () => ended.abort(),
  }
}

/** An event whose work ends when it is told to. */
function held(intake: Intake, sequence: number, key: string) {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const state = { runs: 0 }
  const taken = intake.take(sequence, key, async () => {
    state.runs += 1
    return promise
  })
  return { taken, state, finish: () => resolve(undefined) }
}

describe('the intake', () => {
  it('has settled what is done with all before it, in whatever order events end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat(100), { minLength: 12, maxLength: 12 }),
        async (keys, order) => {
          const { intake, end } = start()
          const events = keys.map((key, at) => held(intake, at + 1, key))
          const done = new Set<number>()
          const turns = keys.map((_, at) => at).sort((one, other) => (order[one] ?? 0) - (order[other] ?? 0))
          for (const at of turns) {
            events[at]?.finish()
            done.add(at)
            // Of one chat nothing ends before what came before it.
            const isEnded = (one: number) =>
              keys.every((key, before) => before > one || key !== keys[one] || done.has(before))
            const first = keys.findIndex((_, one) => !isEnded(one))
            const expected = first === -1 ? keys.length : first
            await waitFor(() => intake.settled() === expected, { what: `${expected} to be settled`, intervalMs: 0 })
          }
          for (const at of keys.keys()) expect(intake.take(at + 1, 'a', async () => undefined)).toBe('known')
          for (const { state } of events) expect(state.runs).toBe(1)
          end()
        },
      ),
      { numRuns: 40 },
    )
  })

  it('does again what could not be done just now, and leaves what can not be read', async () => {
    const { intake, failures } = start()
    let tries = 0
    intake.take(1, 'a', async () => {
      tries += 1
      if (tries === 1) throw new PlatformError('away', { kind: 'unsent', retryAfterMs: 1 })
      return tries === 2 ? 1 : undefined
    })
    intake.take(2, 'a', async () => {
      throw new TypeError('what is this?')
    })
    await waitFor(() => intake.settled() === 2, { what: 'both' })
    expect(tries).toBe(3)
    expect(failures).toMatchObject([{ message: 'what is this?' }])
  })

  it('takes no more than it can hold, and begins anew with another session', async () => {
    const { intake } = start(2)
    const [one, two, three] = [1, 2, 3].map((sequence) => held(intake, sequence, 'a'))
    expect([one, two, three].map((event) => event?.taken)).toEqual(['new', 'new', 'full'])
    intake.begin(0)
    const again = held(intake, 1, 'b')
    expect(again.taken).toBe('new')
    one?.finish()
    two?.finish()
    // Of the session before: it is done, and settles nothing of this one.
    await intake.inTurn('a', async () => {})
    expect(intake.settled()).toBe(0)
    again.finish()
    await waitFor(() => intake.settled() === 1, { what: 'the new one' })
  })
})
