/** What is tried again, what is not, and who waits for whom. */
import { describe, expect, it } from 'vitest'
import { PlatformError, type PlatformErrorKind } from '../platform/platform-error.ts'
import { attempt } from './attempts.ts'
import { createPace } from './pace.ts'

const limits = { most: 4, longestWaitMs: 2_000, firstPauseMs: 1, callMs: 20 }
const signal = new AbortController().signal
const failure = (kind: PlatformErrorKind, more: object = {}) => new PlatformError(kind, { kind, ...more })

/** Fails in turn with these, then succeeds. @returns what each try was told */
async function run(failures: readonly unknown[], more: { idempotent?: boolean } = {}): Promise<readonly boolean[]> {
  const left = [...failures]
  const told: boolean[] = []
  await attempt(
    async (repeated) => {
      told.push(repeated)
      if (left.length > 0) throw left.shift()
    },
    { chatId: '1', pace: createPace(), signal, limits, ...more },
  )
  return told
}

describe('a call', () => {
  it('that did not arrive is tried again without a label', async () => {
    expect(await run([failure('unsent'), failure('unsent')])).toEqual([false, false, false])
  })

  it('that may have arrived is labelled from then on', async () => {
    expect(await run([failure('unsent'), failure('unknown'), failure('unsent')])).toEqual([false, false, true, true])
    expect(await run([failure('unknown')], { idempotent: true })).toEqual([false, false])
  })

  it.each(['refused', 'unauthorized'] as const)('that is %s is not tried again', async (kind) => {
    await expect(run([failure(kind)])).rejects.toMatchObject({ kind })
  })

  it('is tried so often and no more', async () => {
    await expect(run([1, 2, 3, 4].map(() => failure('unsent')))).rejects.toMatchObject({ kind: 'unsent' })
  })

  it('that meets a fault of ours is not tried again', async () => {
    await expect(run([new TypeError('a fault')])).rejects.toThrow('a fault')
  })

  it('without an answer may have arrived', async () => {
    const told: boolean[] = []
    const hang = (repeated: boolean, until: AbortSignal): Promise<void> => {
      told.push(repeated)
      if (repeated) return Promise.resolve()
      return new Promise((_, reject) => until.addEventListener('abort', () => reject(until.reason)))
    }
    await attempt(hang, { chatId: '1', pace: createPace(), signal, limits })
    expect(told).toEqual([false, true])
  })

  it('ends with its session', async () => {
    const controller = new AbortController()
    const options = { chatId: '1', pace: createPace(), signal: controller.signal, limits: { ...limits, most: 1_000 } }
    const call = async (): Promise<void> => {
      controller.abort(new Error('the session ended'))
      throw failure('unsent')
    }
    await expect(attempt(call, options)).rejects.toMatchObject({ kind: 'unsent' })
    await expect(attempt(call, options)).rejects.toThrow('the session ended')
  })
})

describe('a word to wait', () => {
  it('holds for its chat alone, or for all', async () => {
    let now = 1_000
    const pace = createPace(() => now)
    pace.hold('1', 500, false)
    expect([pace.until('1'), pace.until('2')]).toEqual([1_500, 0])
    pace.hold('2', 300, true)
    expect([pace.until('1'), pace.until('2'), pace.until('3')]).toEqual([1_500, 1_300, 1_300])
    now = 5_000
    pace.hold('3', 1, false)
    expect(pace.until('3')).toBe(5_001)
  })

  it('that is too long fails at once, and so does what comes after it', async () => {
    const pace = createPace()
    const options = { chatId: '1', pace, signal, limits }
    let calls = 0
    const call = async (): Promise<void> => {
      calls += 1
      throw failure('unsent', { retryAfterMs: 60_000 })
    }
    await expect(attempt(call, options)).rejects.toMatchObject({ retryAfterMs: 60_000 })
    await expect(attempt(call, options)).rejects.toThrow(/asks to wait \d+ s/)
    expect(calls).toBe(1)
  })
})

it('a chat is written to in order, whatever one message needs; another one does not wait', async () => {
  const pace = createPace()
  const done: string[] = []
  const gate = Promise.withResolvers<void>()
  const slow = pace.run('1', signal, async () => {
    await gate.promise
    done.push('slow')
    throw new Error('failed')
  })
  const next = pace.run('1', signal, async () => done.push('next'))
  await pace.run('2', signal, async () => done.push('other'))
  gate.resolve()
  await expect(slow).rejects.toThrow('failed')
  await next
  expect(done).toEqual(['other', 'slow', 'next'])
})
