/** The life of a channel process: when it starts, and that it ends, whatever its author's code and its host do. */
import { type FakeHost, RUNTIMES, type Runtime, staysTrue } from '@backchannel/testkit'
import { describe, expect, it } from 'vitest'
import { type ProgramOptions, RECEIPTS, startProgram, startRegistered } from './fixtures/programs.ts'

/** A session's end to the process's, as promised. */
const LIMIT_MS = 1_000
/** That something does not happen is believed after this long. */
const QUIET_MS = 250

const STARTED = /lifecycle: started as (\S+) \(receipts: (\w+)\)/
const countStarts = (host: FakeHost): number => host.stderr.split('started as').length - 1

/** The answer to a ping proves that all that was sent before has been read. */
const staysUnstarted = async (host: FakeHost): Promise<boolean> => {
  await host.request('ping')
  return staysTrue(() => countStarts(host) === 0, QUIET_MS)
}

describe.each(RUNTIMES)('a channel on %s starts', (runtime: Runtime) => {
  it('once a host with receipts has registered it, under the name it is given', async () => {
    await using host = await startProgram('lifecycle', runtime, { capabilities: RECEIPTS })
    expect(await staysUnstarted(host)).toBe(true)
    host.register('lifecycle#work')
    expect((await host.waitForStderr(STARTED)).slice(1)).toEqual(['lifecycle#work', 'true'])
    host.register()
    host.initialized()
    await host.request('ping')
    expect(countStarts(host)).toBe(1)
  })

  it('not when a host with receipts refuses it, and says why', async () => {
    await using host = await startProgram('lifecycle', runtime, { capabilities: RECEIPTS })
    host.refuse('not-allowlisted')
    await host.waitForStderr(/^lifecycle: not registered: not-allowlisted\. Tools work; nothing else was started\.$/m)
    expect(await staysUnstarted(host)).toBe(true)
  })

  it('not on a registration that makes no sense, and says so', async () => {
    await using host = await startProgram('lifecycle', runtime, { capabilities: RECEIPTS })
    host.notify('notifications/backchannel/registration', { state: 'perhaps', source: 'lifecycle' })
    await host.waitForStderr(/^lifecycle: warning: a registration from the host was not understood: "state"/m)
    expect(await staysUnstarted(host)).toBe(true)
  })

  it('on initialized where the host does not say which channels it registers', async () => {
    await using host = await startProgram('lifecycle', runtime, { handshake: false })
    await host.initialize()
    expect(await staysUnstarted(host)).toBe(true)
    host.initialized()
    expect((await host.waitForStderr(STARTED)).slice(1)).toEqual(['lifecycle', 'false'])
    host.initialized()
    await host.request('ping')
    expect(countStarts(host)).toBe(1)
  })

  it('not when a stock host sends what belongs to the extension', async () => {
    await using host = await startProgram('lifecycle', runtime, { env: { BACKCHANNEL_ATTACH: '0' } })
    host.register()
    expect(await staysUnstarted(host)).toBe(true)
  })

  it('or not, as the operator says', async () => {
    await using attached = await startProgram('lifecycle', runtime, {
      clientName: 'claude-code',
      env: { BACKCHANNEL_ATTACH: '1' },
    })
    await attached.waitForStderr(STARTED)
    await using detached = await startProgram('lifecycle', runtime, { env: { BACKCHANNEL_ATTACH: '0' } })
    await detached.waitForStderr(/^lifecycle: not registered: BACKCHANNEL_ATTACH=0\./m)
    expect(await staysUnstarted(detached)).toBe(true)
  })

  it('not when it is only probed', async () => {
    await using host = await startProgram('lifecycle', runtime, { handshake: false })
    await host.initialize()
    await expect(host.request('tools/list')).rejects.toMatchObject({ code: -32601 })
    host.endInput()
    expect(await host.waitForExit()).toMatchObject({ code: 0, signal: null })
    expect(host.stderr).toBe('loaded\n')
  })
})

type End = readonly [name: string, end: (host: FakeHost) => void]

const ENDS: readonly End[] = [
  ['the end of stdin', (host) => host.endInput()],
  ['SIGTERM', (host) => host.kill('SIGTERM')],
  ['SIGINT', (host) => host.kill('SIGINT')],
  ['SIGHUP', (host) => host.kill('SIGHUP')],
  [
    'a second signal while it stops',
    (host) => {
      for (const name of ['SIGTERM', 'SIGTERM', 'SIGINT'] as const) host.kill(name)
    },
  ],
  [
    'a closed stdout',
    (host) => {
      host.closeOutput()
      // The answer is what finds the pipe closed.
      host.writeRaw('{"jsonrpc":"2.0","id":"last","method":"ping"}\n')
    },
  ],
]

/** Measured times can be spoiled by a busy machine: a failure is looked at once more. */
const TIMED = { retry: 1 }

async function assertEnds(host: FakeHost, status: number): Promise<void> {
  const { code, signal, afterMs } = await host.waitForExit()
  expect({ code, signal }, host.stderr).toEqual({ code: status, signal: null })
  expect(afterMs).toBeLessThanOrEqual(LIMIT_MS)
}

describe.each(RUNTIMES)('a channel on %s ends within a second', TIMED, (runtime: Runtime) => {
  const start = async (env: ProgramOptions['env'] = {}) => {
    const host = await startRegistered('lifecycle', runtime, { env })
    await host.waitForStderr(STARTED)
    // What `start` returns is known to the kit once this is answered.
    await host.request('ping')
    return host
  }

  it.each(ENDS)('with status 0 on %s', async (_, end) => {
    await using host = await start()
    end(host)
    await assertEnds(host, 0)
    expect(host.stderr).toMatch(/lifecycle: aborted\nlifecycle: stopping\n$/)
  })

  it.each(ENDS)('with status 0 on %s when it has not been registered', async (_, end) => {
    await using host = await startProgram('lifecycle', runtime, { capabilities: RECEIPTS })
    end(host)
    await assertEnds(host, 0)
  })

  it.each(['hang', 'throw', 'reject'])('with status 0 though its stop does this: %s', async (how) => {
    await using host = await start({ STOP: how })
    host.endInput()
    await assertEnds(host, 0)
    if (how !== 'hang') expect(host.stderr).toMatch(/^lifecycle: error: stopping failed: the platform is gone$/m)
  })

  it('with status 0 and no complaint though its start goes on until the session ends', async () => {
    await using host = await start({ START: 'hang' })
    host.endInput()
    await assertEnds(host, 0)
    expect(host.stderr).toMatch(/lifecycle: aborted\n$/)
  })

  it('with status 0, and undoes a start that settles only then', async () => {
    await using host = await start({ START: 'slow' })
    host.endInput()
    await assertEnds(host, 0)
    expect(host.stderr).toMatch(/lifecycle: aborted\nlifecycle: stopping\n$/)
  })

  it('with status 0 though the host does not read and its stop never ends', async () => {
    await using host = await start({ STOP: 'hang' })
    host.pauseReading()
    const filler = 'x'.repeat(8 * 1024)
    for (let at = 0; at < 256; at += 1) host.writeRaw(`{"jsonrpc":"2.0","id":"${at}-${filler}","method":"ping"}\n`)
    host.notify('notifications/backchannel/registration')
    await host.waitForStderr(/a registration from the host was not understood/)
    host.endInput()
    await assertEnds(host, 0)
  })

  it.each([
    ['throw', /^lifecycle: error: The port is taken\. Take another\.$/m],
    ['reject', /^lifecycle: error: TypeError: a slip of the author ⏎ at .*lifecycle\.ts/m],
  ])('with status 1 when its start fails: %s', async (how, expected) => {
    await using host = await startRegistered('lifecycle', runtime, { env: { START: how } })
    const { code } = await host.waitForExit()
    expect(code).toBe(1)
    expect(host.stderr).toMatch(expected)
  })

  it.each([
    ['throw', /^lifecycle: error: uncaught error: Error: nobody catches this ⏎ at throwLater/m],
    ['reject', /^lifecycle: error: unhandled rejection: Error: nobody catches this ⏎ at throwLater/m],
  ])('with status 1, after its stop, when nobody catches an error: %s', async (how, expected) => {
    await using host = await startRegistered('lifecycle', runtime, { env: { LATER: how } })
    const { code } = await host.waitForExit()
    expect(code).toBe(1)
    expect(host.stderr).toMatch(expected)
    expect(host.stderr).toMatch(/lifecycle: stopping\n$/)
  })
})
