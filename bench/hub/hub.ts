/** From a platform to a session that shares its account: Telegram on loopback, the built plugin as the holder, a hundred sessions attached. */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { backchannelCapabilities, startFakeHost, waitFor } from '@backchannel/testkit'
import { type Person, startFakeTelegram } from '@backchannel/testkit/telegram'
import { type Attached, attachToHolder } from '../../packages/channel/src/hub/attached.ts'
import type { OfferedEvent } from '../../packages/channel/src/hub/session-end.ts'
import type { RunOptions } from '../figures/figure.ts'

const START = join(import.meta.dirname, '../../dist/marketplace/plugins/telegram/start.cjs')
const SESSIONS = 100
const MESSAGES = 1_000
const QUICK = { sessions: 5, messages: 20 }
/** Between two messages: a hundred a second, three times what Telegram lets a bot send. */
const PAUSE_MS = 10

export interface HubCosts {
  readonly sessions: number
  /** From a person's message on the platform until its session has it, in microseconds. */
  readonly toSession: readonly number[]
}

/** With one session, and with many: what a busy machine costs is in both. */
export async function measureHub(options: RunOptions): Promise<readonly HubCosts[]> {
  const { sessions, messages } = options.quick ? QUICK : { sessions: SESSIONS, messages: MESSAGES }
  return [await measure(1, messages, options), await measure(sessions, messages, options)]
}

/** The sessions are light: each is the connection of one, without a host and an agent behind it. */
async function measure(sessions: number, messages: number, { scratch }: RunOptions): Promise<HubCosts> {
  const directory = await mkdtemp(join(scratch.folder, 'hub-'))
  const telegram = await startFakeTelegram()
  const people = Array.from({ length: Math.max(sessions, Math.ceil(messages / 40)) }, (_, at) =>
    telegram.bot.person(`p${at}`),
  )
  await prepare(directory, people)
  const host = await startFakeHost({
    command: process.execPath,
    args: [START],
    env: {
      TELEGRAM_API_ROOT: telegram.root,
      TELEGRAM_BOT_TOKEN: telegram.bot.token,
      TELEGRAM_STATE_DIR: directory,
      BACKCHANNEL_KEEPER: '1',
    },
    capabilities: backchannelCapabilities(['receipts']),
    register: true,
  })
  const attached: Attached[] = []
  const writtenAt = new Map<string, number>()
  const toSession: number[] = []
  const take = ({ content }: OfferedEvent) => {
    const at = writtenAt.get(content)
    writtenAt.delete(content)
    if (at !== undefined) toSession.push((performance.now() - at) * 1000)
  }
  try {
    await host.waitForStderr(/connected to Telegram/)
    for (let at = 0; at < sessions; at += 1) attached.push(await attach(directory, `s${at}`, take))
    for (const [at, person] of people.entries()) person.says(person.dm, `/use s${at % sessions}`)
    const isChosen = () => people.every(({ dm }) => dm.texts.length > 0)
    await waitFor(isChosen, { what: 'every chat to have its session', timeoutMs: 30_000 })
    for (let at = 0; at < messages; at += 1) {
      const person = people[at % people.length] as Person
      writtenAt.set(`message ${at}`, performance.now())
      person.says(person.dm, `message ${at}`, { entities: [] })
      await delay(PAUSE_MS)
    }
    await waitFor(() => writtenAt.size === 0, { what: 'the last messages', timeoutMs: 30_000 })
    return { sessions, toSession }
  } finally {
    for (const one of attached) one.close()
    await host.close()
    await telegram.close()
  }
}

async function prepare(directory: string, people: readonly Person[]): Promise<void> {
  await mkdir(directory, { recursive: true })
  const allowFrom = people.map(({ id }) => String(id))
  const approvers = allowFrom.map((id) => ({ sender: id, chat: id }))
  await writeFile(join(directory, 'access.json'), JSON.stringify({ dmPolicy: 'allowlist', allowFrom }))
  await writeFile(join(directory, 'approvers.json'), JSON.stringify({ approvers }))
}

/** Completes each event at once. */
async function attach(directory: string, name: string, take: (event: OfferedEvent) => void): Promise<Attached> {
  const one: Attached = await attachToHolder({
    directory,
    info: { id: name, name, pid: process.pid, cwd: `/${name}` },
    keeper: false,
    end: {
      offer(event) {
        take(event)
        one.outcome({ eventId: event.eventId, state: 'completed' })
      },
      settle() {},
      answered() {},
      unfinished: () => [],
      finished: () => [],
      pull: () => ({ events: [], left: 0 }),
      close() {},
    },
    relay: () => undefined,
    takes: () => true,
    requests: () => [],
    questions: () => [],
  })
  return one
}
