/** A host that does not read for a while: memory stays bounded, nothing acknowledged is lost, and the channel lives. */
import { type FakeHost, RUNTIMES, waitFor } from '@backchannel/testkit'
import { describe, expect, it } from 'vitest'
import { RECEIPTS, startProgram } from '../fixtures/programs.ts'

const EVENTS = 50_000
/** In bytes; a channel that does nothing has 50 to 60 million. */
const MEMORY_CEILING = 250_000_000
/** A program that emits so much at once holds as many promises and errors itself. */
const FLOOD_CEILING = 500_000_000

const isStuck = async (host: FakeHost): Promise<number> => {
  const reports = () => [...host.stderr.matchAll(/so far: (\d+)/g)].map(([, count]) => Number(count))
  const stuckAt = () => {
    const [before, last] = reports().slice(-2)
    return last === before && last !== undefined && last > 0 ? { last } : undefined
  }
  return (await waitFor(stuckAt, { what: 'the channel to wait for the host' })).last
}

const readText = async (call: ReturnType<FakeHost['callTool']>): Promise<Record<string, number>> =>
  JSON.parse((await call).content[0]?.text ?? '')

const numbersOf = (host: FakeHost): number[] => host.events.map(({ meta }) => Number(meta?.['number']))

/** Started, and told to emit while the host does not read. */
const startBlocked = async (runtime: (typeof RUNTIMES)[number], how: string, count = EVENTS) => {
  const host = await startProgram('load', runtime, { timeoutMs: 30_000 })
  await host.waitForStderr(/started/)
  host.pauseReading()
  return { host, call: readText(host.callTool('emit', { count, size: 100, how })) }
}

describe.each(RUNTIMES)('a channel on %s whose host does not read', { timeout: 60_000 }, (runtime) => {
  it('makes a program wait that awaits its events, and loses none', async () => {
    const { host, call } = await startBlocked(runtime, 'awaited')
    await using _ = host
    expect(await isStuck(host)).toBeLessThan(EVENTS)
    host.resumeReading()
    expect(await call).toEqual({ sent: EVENTS })
    expect(numbersOf(host)).toEqual(Array.from({ length: EVENTS }, (_, at) => at + 1))
    expect(await host.request('ping')).toEqual({})
    expect((await readText(host.callTool('memory')))['peak']).toBeLessThan(MEMORY_CEILING)
  })

  it('refuses what a program emits all at once and there is no room for, and loses nothing that it took', async () => {
    const { host, call } = await startBlocked(runtime, 'flood')
    await using _ = host
    await isStuck(host)
    host.resumeReading()
    const { sent = 0, 'outbox-full': refused } = await call
    expect(sent).toBeGreaterThan(1024)
    expect(sent + (refused ?? 0)).toBe(EVENTS)
    expect(numbersOf(host)).toEqual(Array.from({ length: sent }, (_, at) => at + 1))
    expect(await host.request('ping')).toEqual({})
    expect((await readText(host.callTool('memory')))['peak']).toBeLessThan(FLOOD_CEILING)
  })

  it('survives a program that does not mind what becomes of its events, and says how many were not sent', async () => {
    const { host, call } = await startBlocked(runtime, 'careless')
    await using _ = host
    await host.waitForStderr(/not sent: 1024 events wait already/)
    host.resumeReading()
    await call
    const warnings = () => [...host.stderr.matchAll(/^load: warning: (an event was|(\d+) events were) not sent: /gm)]
    const lost = () => warnings().reduce((sum, [, , count = '1']) => sum + Number(count), 0)
    await waitFor(() => lost() + host.events.length === EVENTS, { what: 'every event to come or to be told of' })
    expect(warnings().length).toBeLessThan(10)
    host.endInput()
    expect(await host.waitForExit()).toMatchObject({ code: 0, signal: null })
  })

  it(
    'sees what goes on although a program emits for ever, and tries again at once whatever fails',
    { retry: 1 },
    async () => {
      const { host, call } = await startBlocked(runtime, 'stubborn')
      await using _ = host
      call.catch(() => {})
      await isStuck(host)
      host.resumeReading()
      expect(await host.request('ping')).toEqual({})
      // A beat of a timer while the host reads as fast as it can.
      const beats = host.stderr.split('so far').length
      await waitFor(() => host.stderr.split('so far').length > beats + 2, { what: 'two beats' })
      host.endInput()
      const { code, signal, afterMs } = await host.waitForExit()
      expect({ code, signal }, host.stderr).toEqual({ code: 0, signal: null })
      expect(afterMs).toBeLessThan(1_000)
    },
  )

  it('ends within a second of its session all the same', { retry: 1 }, async () => {
    const { host, call } = await startBlocked(runtime, 'flood')
    await using _ = host
    call.catch(() => {})
    await isStuck(host)
    host.endInput()
    const { code, signal, afterMs } = await host.waitForExit()
    expect({ code, signal }, host.stderr).toEqual({ code: 0, signal: null })
    expect(afterMs).toBeLessThan(1_000)
  })

  /** Sends so many requests while nobody reads; resolves when the channel has read all of them. */
  const ask = async (count: number, filler = '') => {
    const host = await startProgram('load', runtime, { capabilities: RECEIPTS, timeoutMs: 30_000 })
    host.pauseReading()
    for (let id = 1; id <= count; id += 1) {
      host.writeRaw(`{"jsonrpc":"2.0","id":"p${id}${filler}","method":"ping"}\n`)
    }
    // Only requests are held back, so this is seen.
    host.refuse('all-read')
    await host.waitForStderr(/not registered: all-read/)
    return host
  }
  const countAnswers = (host: FakeHost) => host.stdoutLines.filter((line) => line.includes('"id":"p')).length

  it('holds back requests, and answers all of them once it reads', async () => {
    await using host = await ask(60_000)
    host.resumeReading()
    expect(await host.request('ping')).toEqual({})
    expect(countAnswers(host)).toBe(60_000)
    expect(host.stderr).not.toContain('dropped')
    expect((await readText(host.callTool('memory')))['peak']).toBeLessThan(MEMORY_CEILING)
  })

  it('drops requests when more of them come than anybody could want answered, and says so', async () => {
    await using host = await ask(2_000, 'x'.repeat(16 * 1024))
    host.resumeReading()
    const warning = /^load: warning: (\d+) requests of the host were dropped: it did not read its answers$/gm
    // It is said each time that there is room again, so more than once where the pipe fills up again meanwhile.
    const countDropped = () => [...host.stderr.matchAll(warning)].reduce((sum, [, count]) => sum + Number(count), 0)
    await waitFor(() => countDropped() > 0 && countAnswers(host) + countDropped() >= 2_000, { what: 'all to be told' })
    expect(await host.request('ping')).toEqual({})
    expect(countAnswers(host) + countDropped()).toBe(2_000)
    expect((await readText(host.callTool('memory')))['peak']).toBeLessThan(MEMORY_CEILING)
  })
})
