/**
 * The owner in a chat with themselves, and people beside them, on a Messages whose scripts end without a word, or say that it
 * took too long, after they have sent; now and then another file lies in the place of the database.
 */
import { readdirSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { createTempDirectory } from '@backchannel/testkit'
import { type FakeMessages, startFakeMessages } from '@backchannel/testkit/imessage'
import { createRandom, type Random } from '../random.ts'
import { idOf } from '../record.ts'
import type { ReplyCount, Stage, StageOptions } from '../subjects.ts'
import type { Send } from './sender.ts'

/** Between two messages of one person, at most. */
const LONGEST_PAUSE_MS = 400
const WEATHER_MS = 700
const FAULTS = ['sent-then-crash', 'sent-then-timeout'] as const
const LOOK_MS = 20
/** What the demo agent says of an event. */
const ANSWER = /^I received this from imessage by [^:]*: /

/** Writes a message. @returns its last row */
type Write = (text: string) => number

export async function openMessages({ seed, senders }: StageOptions): Promise<Stage> {
  const random = createRandom(seed + 2)
  const messages = await startFakeMessages()
  const { owner } = messages
  const folder = await createTempDirectory('imessage-fault-')
  const directory = join(folder.path, 'state')
  const self = owner.selfChat()
  const writers = new Map<string, Write>()
  const guids = [self.guid]
  const allowFrom: string[] = []
  // The owner is the first; what the agent answers there comes back as rows of its own.
  writers.set('s0', (text) => Math.max(...owner.says(self, text).map(({ rowId }) => rowId)))
  for (const name of [...Array.from({ length: senders - 1 }, (_, at) => `s${at + 1}`), 'last']) {
    const person = messages.person(`+1555010${String(allowFrom.length).padStart(2, '0')}7`)
    allowFrom.push(person.address)
    guids.push(person.dm.guid)
    writers.set(name, (text) => person.says(person.dm, text).rowId)
    // From before: whose Mac it is.
    owner.says(person.dm, 'from before')
  }
  await mkdir(directory)
  await writeFile(join(directory, 'access.json'), JSON.stringify({ dmPolicy: 'allowlist', allowFrom }))
  const weather = startWeather(messages, random)
  return {
    env: {
      IMESSAGE_DB_PATH: messages.database.path,
      IMESSAGE_TEST_PROGRAMS: messages.osascript.directory,
      IMESSAGE_STATE_DIR: directory,
      IMESSAGE_APPEND_SIGNATURE: 'false',
    },
    send: sendAs(writers, directory, random),
    async calm() {
      await weather.close()
      messages.faults.clear()
    },
    problems: (replies) => judge(messages, guids, replies),
    async close() {
      await weather.close()
      await messages.close()
      await folder.remove()
    },
  }
}

function startWeather({ faults, database }: FakeMessages, random: Random): { close(): Promise<void> } {
  const end = new AbortController()
  const blow = async () => {
    while (!end.signal.aborted) {
      await delay(WEATHER_MS, undefined, { signal: end.signal }).catch(() => {})
      if (end.signal.aborted) return
      faults.add(FAULTS[random.below(FAULTS.length)] ?? 'sent-then-crash')
      if (random.below(4) === 0) database.replace()
    }
  }
  const blowing = blow()
  return {
    async close() {
      end.abort()
      await blowing
    },
  }
}

/** A message counts as acknowledged once the place that the channel keeps is behind it: no later process reads it again. */
function sendAs(writers: ReadonlyMap<string, Write>, directory: string, random: Random): Send {
  return async ({ name, events, record, signal }) => {
    const write = writers.get(name)
    if (!write) throw new TypeError(`there is nobody called ${name}`)
    const waiting: { readonly id: string; readonly row: number }[] = []
    const settle = () => {
      const place = waiting.length === 0 ? 0 : readPlace(directory)
      for (let first = waiting[0]; first && first.row <= place; first = waiting[0]) {
        record.acknowledged(name, first.id)
        waiting.shift()
      }
    }
    for (const { id, content } of events) {
      waiting.push({ id, row: write(content) })
      await delay(random.below(LONGEST_PAUSE_MS), undefined, { signal })
      settle()
    }
    while (waiting.length > 0) {
      await delay(LOOK_MS, undefined, { signal })
      settle()
    }
  }
}

function readPlace(directory: string): number {
  const files = readdirSync(directory).filter((name) => /^journal(?:-\d+)?\.db$/.test(name))
  return Math.max(0, ...files.map((name) => readMemory(join(directory, name))))
}

/** 0 while it can't be read: a process that was killed may have left it in the middle of something. */
function readMemory(file: string): number {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(file, { readOnly: true })
    const row = database.prepare("SELECT value FROM memory WHERE name = 'messages'").get()
    return Number(JSON.parse(String(row?.['value'] ?? '{"row":0}')).row)
  } catch {
    return 0
  } finally {
    database?.close()
  }
}

/** Every answer is in its chat, and once; an own word that came back would be an event that nobody sent. */
function judge(messages: FakeMessages, guids: readonly string[], { calls, killedSessions }: ReplyCount): string[] {
  const all = new Map<string, number>()
  for (const guid of guids) {
    for (const { text } of messages.sent(guid)) {
      const id = ANSWER.test(text) ? idOf(text.replace(ANSWER, '')) : ''
      if (id !== '') all.set(id, (all.get(id) ?? 0) + 1)
    }
  }
  const missing = [...calls].filter(([id, { ok }]) => ok > 0 && !all.has(id)).map(([id]) => id)
  const doubled = [...all].filter(([id, count]) => count > (calls.get(id)?.called ?? 0)).map(([id]) => id)
  const problems = missing.length === 0 ? [] : [`answered, and not in the chat: ${missing.slice(0, 5).join(', ')}`]
  // A session that is killed may have called the tool for one more answer than it could say.
  if (doubled.length > killedSessions) problems.push(`in the chat twice: ${doubled.slice(0, 5).join(', ')}`)
  return problems
}
