/** When a channel may start: once a session has registered it, never before, and never for a mere probe. */
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import type { FakeHost } from '../fake-host/types.ts'
import { staysTrue } from '../wait.ts'
import { type ContractCheck, RECEIPTS, type Subject, waitUntilStarted } from './check.ts'

/** That something does not happen is believed after this long. */
const QUIET_MS = 250

/** What a runtime itself may keep in a home. */
const OF_THE_RUNTIME = ['.bun', '.cache', '.node_repl_history']

export const registrationChecks: readonly ContractCheck[] = [
  {
    title: 'touches nothing until a host with receipts has registered it, and starts then',
    needs: ['quietUntilRegistered'],
    async run({ descriptor, start }) {
      const host = await start({ capabilities: RECEIPTS })
      await assertQuiet(descriptor, host)
      host.register()
      await waitUntilStarted(descriptor, host)
    },
  },
  {
    title: 'never starts when its registration is refused, while it goes on to answer',
    needs: ['quietUntilRegistered'],
    async run({ descriptor, start }) {
      const host = await start({
        capabilities: RECEIPTS,
        register: { state: 'refused', reason: 'not-allowlisted' },
      })
      await assertQuiet(descriptor, host)
      if (descriptor.twoWay) assert.notEqual((await host.listTools()).length, 0)
    },
  },
  {
    title: 'starts on initialized towards a stock host, and sends it nothing of the extension',
    async run({ descriptor, start }) {
      const host = await start()
      await waitUntilStarted(descriptor, host)
      if (descriptor.inject) {
        await descriptor.inject(host)
        await host.nextEvent()
      }
      const foreign = host.notifications.map(({ method }) => method).filter((method) => method.includes('backchannel'))
      assert.deepEqual(foreign, [], 'a stock host does not know the extension')
    },
  },
  {
    title: 'touches nothing for a probe that only does initialize, and ends with status 0',
    async run({ descriptor, start }) {
      for (const capabilities of [{}, RECEIPTS]) {
        const host = await start({ handshake: false, capabilities })
        await host.initialize()
        await assertQuiet(descriptor, host)
        host.endInput()
        await assertEndsWell(host)
      }
    },
  },
  {
    title: 'touches nothing when stdin is at its end at once, and ends with status 0',
    async run({ descriptor, start }) {
      const host = await start({ handshake: false })
      host.endInput()
      await assertEndsWell(host)
      assert.deepEqual(await foundIn(host), [], 'it wrote to its home before any handshake')
      if (descriptor.quietUntilRegistered) assert.equal(await descriptor.quietUntilRegistered(host), true)
    },
  },
  {
    title: 'starts once, however often it is registered and initialized',
    needs: ['inject'],
    async run({ descriptor, startRegistered }) {
      const host = await startRegistered()
      host.initialized()
      host.register()
      host.register()
      await host.request('ping')
      await descriptor.inject?.(host)
      await host.nextEvent()
      assert.deepEqual(await host.request('ping'), {})
      assert.equal(host.events.length, 1, 'one message from outside became several events')
    },
  },
]

/** The channel has started nothing and written nothing. */
export async function assertQuiet(descriptor: Subject['descriptor'], host: FakeHost): Promise<void> {
  // The answer proves that all that was sent before has been read.
  assert.deepEqual(await host.request('ping'), {})
  const quiet = await staysTrue(async () => (await descriptor.quietUntilRegistered?.(host)) ?? true, QUIET_MS)
  assert.ok(quiet, 'it started although no session has registered it')
  assert.deepEqual(await foundIn(host), [], 'it wrote to its home although no session has registered it')
}

async function assertEndsWell(host: FakeHost): Promise<void> {
  const { code, signal } = await host.waitForExit()
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, host.stderr)
}

async function foundIn(host: FakeHost): Promise<string[]> {
  return (await readdir(host.home)).filter((name) => !OF_THE_RUNTIME.includes(name))
}
