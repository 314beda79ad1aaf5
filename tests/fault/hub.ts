/**
 * One bot and many sessions, killed at random, the holder too: each message reaches one session, or says that it may have been
 * in another, in the order of its chat, and there is never a second poller.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  backchannelCapabilities,
  createTempDirectory,
  type FakeHost,
  type ReceivedEvent,
  type Runtime,
  runtimeCommand,
  startFakeHost,
  waitFor,
} from '@backchannel/testkit'
import { type FakeTelegram, type Person, startFakeTelegram } from '@backchannel/testkit/telegram'
import { createRandom, type Random } from './random.ts'
import { createRecord, type FaultRecord, idOf } from './record.ts'
import type { RunResult } from './run-one.ts'

const START = fileURLToPath(new URL('../../dist/marketplace/plugins/telegram/start.cjs', import.meta.url))

export interface HubRunOptions {
  readonly seed: number
  readonly runtime?: Runtime
  readonly sessions: number
  readonly messages: number
  readonly kills: number
  readonly progress?: (text: string) => void
}

/** Of these the holder is killed. */
const HOLDER_SHARE = 0.3
/** Of the others, how many end in order. */
const ORDERLY_SHARE = 0.3
/** People write no faster than a channel lets one of them in. */
const MOST_EACH = 50
const LONGEST_WORK_MS = 30
const SWITCH_SHARE = 0.02
/** About what it takes to end a session and to start it anew: messages come for as long as sessions are killed. */
const KILL_MS = 1_300
const LIMIT_MS = 300_000

export async function runHub(options: HubRunOptions): Promise<RunResult> {
  const { seed, messages, kills, progress } = options
  const startedAt = performance.now()
  const random = createRandom(seed)
  const record = createRecord()
  const notices: string[] = []
  const problems: string[] = []
  const telegram = await startFakeTelegram()
  const folder = await createTempDirectory('hub-fault-')
  const ending = new AbortController()
  const limit = AbortSignal.any([ending.signal, AbortSignal.timeout(LIMIT_MS)])
  const people = Array.from({ length: Math.ceil(messages / MOST_EACH) }, (_, at) => telegram.bot.person(`p${at}`))
  const crowd = createCrowd({ ...options, telegram, directory: join(folder.path, 'state'), record, random, notices })
  let killed = 0
  try {
    await prepare(join(folder.path, 'state'), people)
    await crowd.start()
    progress?.(`${options.sessions} sessions, ${people.length} chats`)
    const writing = writeAll(people, { ...options, telegram, record, random, signal: limit })
    const killing = (async () => {
      for (; killed < kills; killed += 1) {
        await delay(200 + random.below(600), undefined, { signal: limit })
        await crowd.kill()
        if (killed % 10 === 9) progress?.(`${killed + 1} kills, ${record.deliveries} deliveries`)
      }
    })()
    await Promise.all([writing, killing])
    await waitFor(() => record.missing === 0, {
      what: 'every message to be answered',
      timeoutMs: 60_000,
      intervalMs: 20,
    })
  } catch (thrown) {
    problems.push(thrown instanceof Error ? thrown.message : String(thrown))
  } finally {
    ending.abort()
    await crowd.close()
    const { most, conflicts } = telegram.bot.polls
    if (most > 1 || conflicts > 0) problems.push(`${most} pollers at a time, ${conflicts} times 409`)
    await telegram.close()
    await folder.remove()
  }
  return {
    name: `${options.sessions} sessions on one bot`,
    kills: killed,
    seconds: (performance.now() - startedAt) / 1000,
    ...record.judge(),
    problems,
    notices: notices.slice(-20),
  }
}

async function prepare(directory: string, people: readonly Person[]): Promise<void> {
  await mkdir(directory, { mode: 0o700 })
  const allowFrom = people.map(({ id }) => String(id))
  const approvers = allowFrom.map((id) => ({ sender: id, chat: id }))
  await writeFile(join(directory, 'access.json'), JSON.stringify({ dmPolicy: 'allowlist', allowFrom }))
  await writeFile(join(directory, 'approvers.json'), JSON.stringify({ approvers }))
}

interface WriteOptions {
  readonly telegram: FakeTelegram
  readonly record: FaultRecord
  readonly random: Random
  readonly sessions: number
  readonly messages: number
  readonly kills: number
  readonly signal: AbortSignal
}

/** Each person chooses a session, writes, and now and then chooses another: order is kept from one choice to the next. */
async function writeAll(people: readonly Person[], options: WriteOptions): Promise<void> {
  const { telegram, record, random, sessions, messages, kills, signal } = options
  const { bot } = telegram
  const eras = new Map(people.map((person) => [person, 0]))
  const waiting: { readonly sender: string; readonly id: string; readonly update: number }[] = []
  const use = (person: Person) => {
    eras.set(person, (eras.get(person) ?? 0) + 1)
    person.says(person.dm, `/use s${random.below(sessions)}`)
  }
  const settle = () => {
    for (let first = waiting[0]; first && bot.isConfirmed(first.update); first = waiting[0]) {
      record.acknowledged(first.sender, first.id)
      waiting.shift()
    }
  }
  for (const person of people) use(person)
  const longestPauseMs = Math.max(20, Math.ceil((2 * kills * KILL_MS) / messages))
  for (let at = 0; at < messages; at += 1) {
    const person = people[at % people.length] as Person
    if (random.fraction() < SWITCH_SHARE) use(person)
    const id = `m${at}`
    const content = `${id} hello`
    record.sending(id, content)
    person.says(person.dm, content, { entities: [] })
    waiting.push({ sender: `${person.id}/${eras.get(person)}`, id, update: bot.updates.at(-1)?.update_id ?? 0 })
    await delay(random.below(longestPauseMs), undefined, { signal })
    settle()
  }
  await waitFor(
    () => {
      settle()
      return waiting.length === 0
    },
    { what: 'Telegram to have nothing left', timeoutMs: 60_000, intervalMs: 10 },
  )
}

interface CrowdOptions extends HubRunOptions {
  readonly telegram: FakeTelegram
  readonly directory: string
  readonly record: FaultRecord
  readonly random: Random
  readonly notices: string[]
}

interface Crowd {
  start(): Promise<void>
  /** Ends one of them, and starts it anew. */
  kill(): Promise<void>
  close(): Promise<void>
}

/** The sessions: stand-ins for hosts, whose agents work for a moment on each event and answer some. */
function createCrowd(options: CrowdOptions): Crowd {
  const { telegram, directory, record, random, sessions, notices, runtime = 'node' } = options
  const running = new Map<string, FakeHost>()
  let count = 0
  let closed = false

  const work = async (host: FakeHost, event: ReceivedEvent, session: number): Promise<void> => {
    const { content, meta = {}, event_id: eventId = '' } = event
    record.delivered(content, meta['redelivered'] === 'true', session)
    host.receipt(eventId, 'queued')
    host.receipt(eventId, 'started')
    await delay(random.below(LONGEST_WORK_MS))
    if (random.fraction() < 0.2) {
      const { isError, content: said } = await host.callTool('reply', {
        chat_id: meta['chat_id'],
        text: `re ${content}`,
      })
      if (isError) notices.push(String(said[0]?.text))
    }
    host.receipt(eventId, 'completed')
    record.answered(idOf(content))
  }
  const serve = async (host: FakeHost, session: number): Promise<void> => {
    for (;;) {
      const event = await host.nextEvent(() => true, { timeoutMs: LIMIT_MS })
      void work(host, event, session).catch(() => {})
    }
  }
  const begin = async (name: string): Promise<void> => {
    const host = await startFakeHost({
      command: runtimeCommand(runtime),
      args: [START],
      env: {
        TELEGRAM_API_ROOT: telegram.root,
        TELEGRAM_BOT_TOKEN: telegram.bot.token,
        TELEGRAM_STATE_DIR: directory,
        BACKCHANNEL_SESSION_NAME: name,
      },
      capabilities: backchannelCapabilities(['receipts', 'origin', 'control', 'access']),
      register: true,
      timeoutMs: 60_000,
    })
    running.set(name, host)
    count += 1
    serve(host, count).catch(() => {})
    await host.waitForStderr(/connected to Telegram|standby: another session/)
  }
  const holder = async (): Promise<string | undefined> => {
    const text = await readFile(join(directory, 'hub', 'hub.json'), 'utf8').catch(() => '{}')
    const { pid } = JSON.parse(text) as { pid?: number }
    return [...running].find(([, host]) => host.pid === pid)?.[0]
  }
  return {
    async start() {
      for (let at = 0; at < sessions; at += 1) await begin(`s${at}`)
    },
    async kill() {
      const isHolder = random.fraction() < HOLDER_SHARE
      const name = (isHolder ? await holder() : undefined) ?? `s${random.below(sessions)}`
      const host = running.get(name)
      if (!host || closed) return
      if (!isHolder && random.fraction() < ORDERLY_SHARE) host.endInput()
      else host.kill('SIGKILL')
      await host.waitForExit()
      running.delete(name)
      await host.close()
      await delay(random.below(300))
      await begin(name)
    },
    async close() {
      closed = true
      await Promise.all([...running.values()].map((host) => host.close()))
    },
  }
}
