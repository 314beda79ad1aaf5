/** Events: what arrives is what was sent, in the words of the contract and no others, also when the host is slow. */
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { backchannelCapabilities } from '../fake-host/capabilities.ts'
import { isObject } from '../fake-host/messages.ts'
import type { FakeHost, ReceivedEvent } from '../fake-host/types.ts'
import { waitFor } from '../wait.ts'
import { type ContractCheck, type Subject, waitUntilStarted } from './check.ts'
import type { Injected } from './descriptor.ts'

/** Messages sent while the host does not read, and how long it does not at most, in milliseconds. */
const SENT_MEANWHILE = 20
const PAUSE_MS = 500

export const eventChecks: readonly ContractCheck[] = [
  {
    title: 'passes an event on with exact content and meta, and nothing else, to a stock host',
    needs: ['inject'],
    async run(subject) {
      const host = await subject.start()
      await waitUntilStarted(subject.descriptor, host)
      await assertArrives(subject, host, ['content', 'meta'])
    },
  },
  {
    title: 'gives events an event_id of their own towards a host with receipts',
    needs: ['inject'],
    async run(subject) {
      const host = await subject.startRegistered()
      const ids = []
      for (let count = 0; count < 2; count += 1) {
        const event = await assertArrives(subject, host, ['content', 'meta', 'event_id'])
        assert.ok(typeof event.event_id === 'string' && event.event_id !== '', '"event_id" is missing')
        ids.push(event.event_id)
      }
      assert.notEqual(ids[0], ids[1])
      for (const id of ids) host.receipt(id, 'completed')
      assert.deepEqual(await host.request('ping'), {})
    },
  },
  {
    title: 'gives no event_id to a host whose extension lacks receipts, or is of another version',
    needs: ['inject'],
    async run(subject) {
      const later = { experimental: { 'backchannel/channel': { version: 2, features: ['receipts'] } } }
      for (const capabilities of [backchannelCapabilities(['control']), later]) {
        const host = await subject.start({ capabilities })
        await waitUntilStarted(subject.descriptor, host)
        await assertArrives(subject, host, ['content', 'meta'])
      }
    },
  },
  {
    title: 'loses nothing that it acknowledged while the host did not read, and stays alive',
    needs: ['inject'],
    async run({ descriptor, startRegistered }) {
      const host = await startRegistered()
      host.pauseReading()
      const fillers = fillPipe(host)
      await delay(PAUSE_MS / 2)
      const sent = Array.from({ length: SENT_MEANWHILE }, () => descriptor.inject?.(host))
      // What is acknowledged only once the host reads again can't be waited for here; some may be by now.
      const settled = Promise.allSettled(sent)
      await Promise.race([settled, delay(PAUSE_MS / 2)])
      host.resumeReading()
      const acknowledged = (await settled).flatMap((result) =>
        result.status === 'fulfilled' && result.value ? [result.value] : [],
      )
      await assertAllCame(host, acknowledged)
      for (let count = 0; count < fillers; count += 1) await host.nextUnaskedAnswer()
      assert.deepEqual(await host.request('ping'), {})
      assert.ok(host.events.length <= SENT_MEANWHILE, `${SENT_MEANWHILE} messages became ${host.events.length} events`)
    },
  },
]

/** Asks for more in answers than a pipe and a reader's buffer hold. @returns how many answers will come. */
export function fillPipe(host: FakeHost): number {
  const count = 64
  const filler = 'x'.repeat(8 * 1024)
  for (let at = 0; at < count; at += 1) host.writeRaw(`{"jsonrpc":"2.0","id":"${at}-${filler}","method":"ping"}\n`)
  return count
}

async function assertArrives({ descriptor }: Subject, host: FakeHost, keys: string[]): Promise<ReceivedEvent> {
  const injected = await descriptor.inject?.(host)
  assert.ok(injected)
  const event = await host.nextEvent()
  assert.equal(event.content, injected.content)
  assertMeta(event, injected)
  const others = Object.keys(event).filter((key) => !keys.includes(key))
  assert.deepEqual(others, [], 'the event has params that this host does not know')
  return event
}

function assertMeta({ meta }: ReceivedEvent, injected: Injected): void {
  if (meta !== undefined) {
    assert.ok(isObject(meta), '"meta" is not an object')
    for (const [key, value] of Object.entries(meta)) {
      assert.match(key, /^[A-Za-z0-9_]+$/, `the host drops the meta key "${key}"`)
      assert.notEqual(key.toLowerCase(), 'source', 'the source of an event is the host to say')
      assert.equal(typeof value, 'string', `"meta.${key}" is not a string`)
    }
  }
  if (injected.meta === undefined) return
  const expected = Object.entries(injected.meta)
  const foretold = expected.map(([key, value]) => {
    const came = meta?.[key]
    return [key, value instanceof RegExp && came !== undefined && value.test(came) ? came : value]
  })
  assert.deepEqual({ ...meta }, Object.fromEntries(foretold))
}

async function assertAllCame(host: FakeHost, acknowledged: readonly Injected[]): Promise<void> {
  const wanted = new Map<string, number>()
  for (const { content } of acknowledged) wanted.set(content, (wanted.get(content) ?? 0) + 1)
  for (const [content, count] of wanted) {
    const came = () => host.events.filter((event) => event.content === content).length >= count
    await waitFor(came, { timeoutMs: 5_000, what: `${count} acknowledged event(s) "${content.slice(0, 80)}"` })
  }
}
