/** What any channel owes a hostile sender: an answer, the truth, and to be there afterwards. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { assertNothingStray, RECEIPTS, waitUntilStarted } from '../channel-contract/check.ts'
import { startFakeHost } from '../fake-host/start.ts'
import type { FakeHost, ReceivedEvent } from '../fake-host/types.ts'
import type { Runtime } from '../runtime.ts'
import { waitFor } from '../wait.ts'
import { BROKEN_BYTES, LARGE_BYTES } from './bytes.ts'
import type { HostileDescriptor, HostileSender } from './descriptor.ts'
import { HOSTILE_TEXTS } from './texts.ts'

export interface HostileCheck {
  /** Completes "the channel …". */
  readonly title: string
  run(subject: HostileSubject): Promise<void>
}

export interface HostileSubject {
  readonly host: FakeHost
  readonly sender: HostileSender
  contents(text: string): readonly string[]
}

/** Random texts of a run, and short events of one. */
const RANDOM_TEXTS = 200
const SHORT_EVENTS = 5_000
const IN_FLIGHT = 64
/** What the memory of a channel may grow by over {@link SHORT_EVENTS}, in bytes. */
const GROWTH_BYTES = 96 * 1024 * 1024
const META_KEY = /^[A-Za-z0-9_]+$/

export const HOSTILE_CHECKS: readonly HostileCheck[] = [
  {
    title: 'passes hostile texts on unchanged, or refuses them in words',
    async run(subject) {
      const came = await sendAll(
        subject,
        HOSTILE_TEXTS.map(({ name, text }) => ({ name, bytes: Buffer.from(text.toWellFormed()) })),
      )
      assert.ok(
        came.accepted > HOSTILE_TEXTS.length / 2,
        `only ${came.accepted} of ${HOSTILE_TEXTS.length} were accepted`,
      )
    },
  },
  {
    title: 'passes any text on unchanged, or refuses it in words',
    async run(subject) {
      const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 300 })
      const texts = fc.sample(text, { numRuns: RANDOM_TEXTS, seed: 20_261_123 })
      await sendAll(
        subject,
        texts.map((one) => ({ name: JSON.stringify(one.slice(0, 40)), bytes: Buffer.from(one.toWellFormed()) })),
      )
    },
  },
  {
    title: 'never passes on what was not sent, of bytes that are no text',
    async run(subject) {
      const { host, sender } = subject
      for (const { name, bytes } of BROKEN_BYTES) {
        const before = host.events.length
        const answer = await sender.send(bytes)
        await sayGood(subject, name)
        const events = host.events.slice(before, -1)
        if (answer.kind === 'refused') assert.equal(events.length, 0, `bytes with ${name} were refused and passed on`)
        for (const { content } of events) {
          const kept = content.replaceAll('\ufffd', '')
          const decoded = Buffer.from(bytes).toString('utf8')
          assert.ok(
            [...kept].every((one) => decoded.includes(one)),
            `bytes with ${name} became ${JSON.stringify(content)}`,
          )
        }
      }
    },
  },
  {
    title: 'takes a large message whole or says that it does not',
    run: async (subject) => void (await sendAll(subject, LARGE_BYTES)),
  },
  {
    title: `takes ${SHORT_EVENTS} short messages in bounded memory, in their order`,
    async run(subject) {
      const { host, sender } = subject
      const before = await residentBytes(host.pid)
      const from = host.events.length
      const wanted: string[] = []
      for (let sent = 0; sent < SHORT_EVENTS; sent += IN_FLIGHT) {
        const texts = Array.from({ length: Math.min(IN_FLIGHT, SHORT_EVENTS - sent) }, (_, at) => `event ${sent + at}`)
        const answers = await Promise.all(texts.map((text) => sender.send(Buffer.from(text))))
        wanted.push(...texts.filter((_, at) => answers[at]?.kind === 'accepted'))
      }
      await waitFor(() => host.events.length - from >= wanted.length, { what: 'all of them', timeoutMs: 30_000 })
      assert.deepEqual(new Set(host.events.slice(from).map(({ content }) => content)), new Set(wanted))
      assert.equal(host.events.length - from, wanted.length)
      const grown = before === undefined ? 0 : ((await residentBytes(host.pid)) ?? 0) - before
      assert.ok(grown < GROWTH_BYTES, `its memory grew by ${Math.round(grown / 1024 / 1024)} MiB`)
    },
  },
]

/** Runs all checks against one process of the channel. @throws AssertionError, naming the check, where it fails one. */
export async function runHostileChecks(
  descriptor: HostileDescriptor,
  runtime: Runtime,
  check: HostileCheck,
): Promise<void> {
  const host = await startFakeHost({
    ...(await descriptor.command(runtime)),
    capabilities: RECEIPTS,
    register: true,
    timeoutMs: 20_000,
  })
  const receipts = completeEverything(host)
  try {
    await waitUntilStarted(descriptor, host)
    const sender = await descriptor.connect(host)
    try {
      const contents = (text: string) => descriptor.contents?.(text) ?? [text]
      await check.run({ host, sender, contents })
      await sayGood({ host, sender, contents }, 'all of it')
      assert.deepEqual(await host.request('ping'), {}, 'it no longer answers ping')
      assertNothingStray(host)
      for (const event of host.events) assertWellFormed(event)
    } finally {
      await sender.close()
    }
  } finally {
    clearInterval(receipts)
    await host.close()
  }
}

interface Named {
  readonly name: string
  readonly bytes: Uint8Array
}

/** One after the other; what was accepted came once and unchanged, what was refused did not come. */
async function sendAll(subject: HostileSubject, all: readonly Named[]): Promise<{ accepted: number }> {
  const { host, sender, contents } = subject
  let accepted = 0
  for (const { name, bytes } of all) {
    const before = host.events.length
    const answer = await sender.send(bytes)
    if (answer.kind === 'refused') {
      assert.ok(answer.reason.trim() !== '', `${name} was refused without a word`)
    } else {
      accepted += 1
    }
    await sayGood(subject, name)
    const came = host.events.slice(before, -1).map(({ content }) => content)
    const wanted = answer.kind === 'refused' ? [] : contents(Buffer.from(bytes).toString('utf8'))
    assert.deepEqual(came, wanted, `a message with ${name}`)
  }
  return { accepted }
}

let good = 0
/** An ordinary message still comes through, and comes after what was sent before. */
async function sayGood({ host, sender }: HostileSubject, after: string): Promise<void> {
  good += 1
  const text = `good ${good}`
  const answer = await sender.send(Buffer.from(text))
  assert.equal(answer.kind, 'accepted', `after ${after} an ordinary message was refused`)
  await host.nextEvent(({ content }) => content === text)
}

function assertWellFormed(event: ReceivedEvent): void {
  assert.equal(typeof event.content, 'string')
  for (const [key, value] of Object.entries(event.meta ?? {})) {
    assert.match(key, META_KEY)
    assert.equal(typeof value, 'string')
  }
}

/** As a session that has nothing else to do, so that the channel's window never stands still. */
function completeEverything(host: FakeHost): NodeJS.Timeout {
  let done = 0
  return setInterval(() => {
    for (const { event_id: id } of host.events.slice(done)) if (typeof id === 'string') host.receipt(id, 'completed')
    done = host.events.length
  }, 5)
}

/** Linux says; elsewhere memory is not looked at. */
async function residentBytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]
  return found === undefined ? undefined : Number(found) * 1024
}
