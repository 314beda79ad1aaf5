/** Messages of many chats while the channel is killed and the platform fails: all arrive, in order, and nothing is doubled silently. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  backchannelCapabilities,
  createTempDirectory,
  type FakeHost,
  startFakeHost,
  waitFor,
} from '@backchannel/testkit'
import { expect, test } from 'vitest'
import { describeReferencePlatform } from '../fixtures/reference-platform/descriptor.ts'
import { startReferencePlatform } from '../fixtures/reference-platform/platform.ts'

const CHATS = 8
const EACH = 20
const KILLS = 4
const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000)

/** Mulberry32: small, and the same for a seed. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

test(`nothing is lost or doubled silently (SEED=${SEED})`, { timeout: 120_000 }, async () => {
  const random = createRandom(SEED)
  await using folder = await createTempDirectory()
  const directory = join(folder.path, 'state')
  await mkdir(directory)
  const people = Array.from({ length: CHATS }, (_, at) => ({ id: String(100 + at), chat: `dm-${100 + at}` }))
  const access = { dmPolicy: 'allowlist', allowFrom: people.map(({ id }) => id), groups: {} }
  await writeFile(join(directory, 'access.json'), JSON.stringify(access))
  const fake = await startReferencePlatform()
  const descriptor = describeReferencePlatform()
  const got = new Map<string, string[]>(people.map(({ chat }) => [chat, []]))
  const unlabelled: string[] = []
  const answered = new Set<string>()
  let calls = 0

  const start = async (): Promise<FakeHost> => {
    const command = await descriptor.command('node', fake, directory)
    const capabilities = backchannelCapabilities(['receipts', 'access'])
    return startFakeHost({ ...command, capabilities, register: true, timeoutMs: 30_000 })
  }
  /** Plays the agent: answers each event, and says that it is done with it. */
  const serve = async (host: FakeHost, until: number): Promise<void> => {
    for (let count = 0; count < until; count += 1) {
      const { content, meta = {}, event_id: eventId = '' } = await host.nextEvent()
      const chat = meta['chat_id'] ?? ''
      const known = got.get(chat) ?? []
      if (known.includes(content)) {
        if (meta['redelivered'] !== 'true') unlabelled.push(content)
      } else known.push(content)
      calls += 1
      const text = `re ${content}, call ${calls}.`
      const { isError } = await host.callTool('reply', { chat_id: chat, text })
      if (!isError) answered.add(text)
      host.receipt(eventId, 'completed')
    }
  }
  const total = () => [...got.values()].reduce((sum, { length }) => sum + length, 0)

  try {
    const writing = (async () => {
      for (let at = 0; at < EACH; at += 1) {
        for (const sender of people) {
          const photo = random() < 0.15 ? { photo: `p${at}` } : {}
          await fake.write({ chat: sender.chat, sender, text: `message ${at}`, ...photo })
        }
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    let host = await start()
    for (let kill = 0; kill < KILLS; kill += 1) {
      if (random() < 0.7) fake.fail({ kind: 'lose-answer' })
      if (random() < 0.7) fake.fail({ kind: 'break-receiving' })
      // Killed anywhere: in the middle of an answer too.
      const some = 5 + Math.floor(random() * 20)
      await serve(host, some)
      if (random() < 0.7) fake.fail({ kind: 'hang' })
      serve(host, 3).catch(() => {})
      for (let turn = Math.floor(random() * 40); turn > 0; turn -= 1)
        await new Promise((resolve) => setImmediate(resolve))
      host.kill('SIGKILL')
      await host.waitForExit()
      fake.mend()
      await host.close()
      host = await start()
    }
    await writing
    while (total() < CHATS * EACH) await serve(host, 1)
    const unanswered = () =>
      people.flatMap(({ chat }) =>
        (got.get(chat) ?? []).filter((text) => !fake.sent(chat).some((one) => one.text.startsWith(`re ${text},`))),
      )
    // An answer that was cut off is sent by the next process.
    const last = host
    void serve(last, Number.POSITIVE_INFINITY).catch(() => {})
    await waitFor(() => unanswered().length === 0, { what: 'an answer to each message' })
    await host.close()

    for (const texts of got.values()) expect(texts).toEqual(Array.from({ length: EACH }, (_, at) => `message ${at}`))
    expect(unlabelled).toEqual([])
    // Each call has a text of its own: it is there once, or says that it may be a repeat. The channel's own words are none.
    const all = people.flatMap(({ chat }) => fake.sent(chat).map(({ text }) => text))
    const sent = all.filter((text) => text.startsWith('re '))
    const plain = sent.filter((text) => !text.endsWith('(may be a repeat)'))
    expect(new Set(plain).size).toBe(plain.length)
    expect([...answered].filter((text) => !sent.some((one) => one.startsWith(text)))).toEqual([])
  } finally {
    await fake.close()
  }
})
