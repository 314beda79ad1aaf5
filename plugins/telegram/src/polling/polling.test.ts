/** How the poller ends, waits and goes on: conflicts, refused tokens, lost networks, what could not be stored. */
import { once } from 'node:events'
import { describeHealth, watchWake } from '@backchannel/channel/chat'
import { staysTrue, waitFor } from '@backchannel/testkit'
import { startFakeTelegram } from '@backchannel/testkit/telegram'
import { describe, expect, it, vi } from 'vitest'
import { QUICK, startAdapter } from '../adapter.fixture.ts'
import { startPoller } from './poller.ts'

describe('a poll', () => {
  it('confirms a message once it is stored, and not before', async () => {
    await using adapter = await startAdapter()
    const { bot } = adapter.telegram
    const store = Promise.withResolvers<void>()
    adapter.answer = async () => {
      await store.promise
      return { kind: 'stored', duplicate: false }
    }
    const ada = bot.person('Ada')
    ada.says(ada.dm, 'hello')
    await adapter.received(1)
    expect(await staysTrue(() => bot.waiting.length === 1, 50)).toBe(true)
    store.resolve()
    await waitFor(() => bot.waiting.length === 0, { what: 'the confirmation' })
  })

  it('asks again for what could not be stored, and for all after it', async () => {
    await using adapter = await startAdapter({ listens: false })
    const { bot } = adapter.telegram
    const ada = bot.person('Ada')
    for (const words of ['one', 'two', 'three']) ada.says(ada.dm, words)
    let full = true
    adapter.answer = async ({ text }) => {
      if (text !== 'two' || !full) return { kind: 'stored', duplicate: false }
      full = false
      return { kind: 'deferred', retryAfterMs: 5 }
    }
    adapter.connection.listen()
    const got = await adapter.received(5)
    expect(got.map(({ text }) => text)).toEqual(['one', 'two', 'three', 'two', 'three'])
    expect(got[1]?.deliveryId).toBe(got[3]?.deliveryId)
    await waitFor(() => bot.waiting.length === 0, { what: 'the confirmation' })
  })

  it('is not held up by a slow message of another chat (T-4)', async () => {
    await using adapter = await startAdapter({ listens: false })
    const ada = adapter.telegram.bot.person('Ada')
    const bo = adapter.telegram.bot.person('Bo')
    ada.says(ada.dm, 'slow')
    bo.says(bo.dm, 'quick')
    const slow = Promise.withResolvers<void>()
    const done: string[] = []
    adapter.answer = async ({ text }) => {
      if (text === 'slow') await slow.promise
      done.push(text)
      return { kind: 'stored', duplicate: false }
    }
    adapter.connection.listen()
    await waitFor(() => done.includes('quick'), { what: 'the quick one' })
    slow.resolve()
    await waitFor(() => done.includes('slow'), { what: 'the slow one' })
  })

  it('comes back when the network does', async () => {
    await using adapter = await startAdapter()
    const { telegram } = adapter
    await adapter.reaches('connected')
    const ada = telegram.bot.person('Ada')
    await telegram.offline()
    await adapter.reaches('offline')
    const refused = await waitFor(
      () => adapter.healths.find((one) => one.state === 'offline' && one.detail === 'ECONNREFUSED'),
      { what: 'a connection that is refused' },
    )
    expect(describeHealth('Telegram', refused)).toBe("Telegram can't be reached: ECONNREFUSED")
    ada.says(ada.dm, 'while you were away')
    await telegram.online()
    expect((await adapter.received(1))[0]?.text).toBe('while you were away')
    expect(adapter.healths.at(-1)?.state).toBe('connected')
  })

  it.each([
    { kind: 'drop' },
    { kind: 'reset' },
    { kind: 'half' },
    { kind: 'status', status: 500 },
    { kind: 'status', status: 502, description: 'Bad Gateway' },
  ] as const)('survives %o without losing or doubling a confirmation', async (fault) => {
    await using adapter = await startAdapter({ listens: false })
    const { telegram } = adapter
    const ada = telegram.bot.person('Ada')
    ada.says(ada.dm, 'hello')
    const added = telegram.faults.add({ ...fault, method: 'getUpdates', times: 3 })
    adapter.connection.listen()
    const [message] = await adapter.received(1)
    expect(message?.text).toBe('hello')
    expect(added.hits).toBe(3)
    await waitFor(() => telegram.bot.waiting.length === 0, { what: 'the confirmation' })
  })

  it('waits as long as Telegram asks, and says so', async () => {
    await using adapter = await startAdapter({ listens: false })
    adapter.telegram.faults.add({ kind: 'status', status: 429, retryAfter: 1, method: 'getUpdates' })
    adapter.connection.listen()
    const before = Date.now()
    const health = await adapter.reaches('throttled')
    expect(health).toMatchObject({ retryAt: expect.any(Number) })
    await adapter.reaches('connected')
    expect(Date.now() - before).toBeGreaterThanOrEqual(900)
  })
})

describe('another poller', () => {
  it('ends it after a bounded number of tries, with words (T-1)', async () => {
    await using adapter = await startAdapter({ listens: false })
    const added = adapter.telegram.faults.add({
      kind: 'status',
      status: 409,
      description: 'terminated by other getUpdates request; make sure that only one bot instance is running',
      method: 'getUpdates',
      times: 1_000_000,
    })
    adapter.connection.listen()
    const final = await waitFor(() => adapter.healths.find((health) => health.state === 'conflict' && health.final), {
      what: 'the end of the conflict',
    })
    expect(final).toMatchObject({ detail: expect.stringContaining('the same token') })
    const { hits } = added
    expect(hits).toBe(QUICK.conflicts.length + 1)
    expect(await staysTrue(() => added.hits === hits, 100)).toBe(true)
  })

  it('is counted even where both have successes in between', async () => {
    const telegram = await startFakeTelegram()
    await using one = await startAdapter({ telegram })
    await one.reaches('connected')
    await using two = await startAdapter({ telegram })
    const ended = await waitFor(
      () => [one, two].some(({ healths }) => healths.some((health) => health.state === 'conflict' && health.final)),
      { what: 'the end of one of the two' },
    )
    expect(ended).toBe(true)
    expect(telegram.bot.polls.total).toBeLessThan(60)
    await telegram.close()
  })

  it('that went away again leaves no trace', async () => {
    await using adapter = await startAdapter({ listens: false })
    adapter.telegram.faults.add({ kind: 'status', status: 409, method: 'getUpdates', times: 2 })
    adapter.connection.listen()
    await adapter.reaches('connected')
    expect(adapter.healths.filter(({ state }) => state === 'conflict')).toHaveLength(2)
    const ada = adapter.telegram.bot.person('Ada')
    ada.says(ada.dm, 'hello')
    await adapter.received(1)
  })

  it('may be a webhook, whose host is named, and which is removed only when asked', async () => {
    const telegram = await startFakeTelegram()
    const set = `${telegram.root}/bot${telegram.bot.token}/setWebhook?url=https://hooks.example.com/secret-path`
    await fetch(set)
    await using adapter = await startAdapter({ telegram })
    const health = await adapter.reaches('conflict')
    expect(health).toMatchObject({ detail: expect.stringContaining('a webhook at hooks.example.com') })
    expect(JSON.stringify(health)).not.toContain('secret-path')
    await using taking = await startAdapter({ telegram, takesWebhook: true })
    await taking.reaches('connected')
    await telegram.close()
  })
})

describe('a token', () => {
  it('that Telegram refuses is tried once, and said once (T-3)', async () => {
    await using adapter = await startAdapter({ token: '1:not-a-token-of-anybody-at-all' })
    await adapter.reaches('unauthorized')
    const said = adapter.healths.length
    expect(await staysTrue(() => adapter.healths.length === said, 100)).toBe(true)
    expect(adapter.healths.filter(({ state }) => state === 'unauthorized')).toHaveLength(1)
  })

  it('that is revoked meanwhile is noticed', async () => {
    await using adapter = await startAdapter()
    await adapter.reaches('connected')
    adapter.telegram.bot.revoke()
    const { bot } = adapter.telegram
    const ada = bot.person('Ada')
    ada.says(ada.dm, 'wakes the poll')
    await adapter.reaches('unauthorized')
  })
})

describe('the end', () => {
  it('confirms what was handed over, and leaves no poll behind', async () => {
    const telegram = await startFakeTelegram()
    const adapter = await startAdapter({ telegram })
    const ada = telegram.bot.person('Ada')
    ada.says(ada.dm, 'hello')
    await adapter.received(1)
    await adapter.connection.close()
    await waitFor(() => telegram.bot.polls.active === 0, { what: 'the end of the poll' })
    expect(telegram.bot.waiting).toEqual([])
    await adapter.connection.close()
    await telegram.close()
  })

  it('of a standby that never listened touches nothing', async () => {
    await using adapter = await startAdapter({ listens: false })
    await adapter.connection.close()
    expect(adapter.telegram.bot.calls).toEqual([])
  })

  it('comes at once while a poll hangs', async () => {
    await using adapter = await startAdapter({ listens: false })
    adapter.telegram.faults.add({ kind: 'hang', method: 'getUpdates' })
    adapter.connection.listen()
    await waitFor(() => adapter.telegram.bot.callsOf('getMe').length > 0, { what: 'the start' })
    await adapter.connection.close()
  })
})

describe('a connection that is dead, and nobody says so', () => {
  it('is given up after a while', async () => {
    await using adapter = await startAdapter({ listens: false, pace: { ...QUICK, pollSeconds: 1, slackMs: 200 } })
    adapter.telegram.faults.add({ kind: 'hang', method: 'getUpdates' })
    adapter.connection.listen()
    const health = await adapter.reaches('offline')
    expect(health).toMatchObject({ detail: 'no answer within 0.2 seconds' })
    await adapter.reaches('connected')
  })

  it('is left at once after sleep', async () => {
    const asked: AbortSignal[] = []
    const session = new AbortController()
    const poller = startPoller(
      {
        async poll({ signal }) {
          asked.push(signal)
          if (!signal.aborted) await once(signal, 'abort')
          throw new Error('aborted')
        },
        handle: async () => undefined,
        health: () => {},
        rival: async () => '',
        now: Date.now,
      },
      session.signal,
    )
    await waitFor(() => asked.length === 1, { what: 'the first poll' })
    poller.restart()
    await waitFor(() => asked.length === 2, { what: 'the next poll' })
    expect(asked.map(({ aborted }) => aborted)).toEqual([true, false])
    await poller.close()
  })
})

describe('sleep', () => {
  it('is noticed by the time that is missing', () => {
    vi.useFakeTimers()
    try {
      let now = 0
      const wake = vi.fn()
      const stop = watchWake(wake, { now: () => now, everyMs: 5_000 })
      now += 5_000
      vi.advanceTimersByTime(5_000)
      expect(wake).not.toHaveBeenCalled()
      now += 3_600_000
      vi.advanceTimersByTime(5_000)
      expect(wake).toHaveBeenCalledOnce()
      stop()
      now += 3_600_000
      vi.advanceTimersByTime(60_000)
      expect(wake).toHaveBeenCalledOnce()
    } finally {
      vi.useRealTimers()
    }
  })
})
