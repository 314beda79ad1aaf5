/**
 * Twenty people who write to the bot, on a Telegram whose network fails at random: requests are dropped before and after
 * they took effect, answers come by half, late or as errors, and now and then nobody can connect at all.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createTempDirectory } from '@backchannel/testkit'
import { type FakeTelegram, type FaultKind, type Person, startFakeTelegram } from '@backchannel/testkit/telegram'
import { createRandom, type Random } from '../random.ts'
import type { Stage, StageOptions } from '../subjects.ts'
import { judgeAnswers, judgeReceivers, startWeather } from './chat.ts'
import type { Send } from './sender.ts'

/** Of the requests of a kind, how many fail. */
const RATES = { getUpdates: 0.08, sendMessage: 0.03 }
const FAULTS: readonly FaultKind[] = [
  { kind: 'drop' },
  { kind: 'drop', after: true },
  { kind: 'reset', after: true },
  { kind: 'half' },
  { kind: 'delay', ms: 30 },
  { kind: 'status', status: 502, description: 'Bad Gateway' },
]
/** Between two messages of one person, at most. */
const LONGEST_PAUSE_MS = 160
const LOOK_MS = 5
export async function openTelegram({ seed, senders }: StageOptions): Promise<Stage> {
  const random = createRandom(seed + 2)
  const telegram = await startFakeTelegram()
  const folder = await createTempDirectory('telegram-fault-')
  const directory = join(folder.path, 'state')
  const people = new Map<string, Person>()
  for (const name of [...Array.from({ length: senders }, (_, at) => `s${at}`), 'last']) {
    people.set(name, telegram.bot.person(name))
  }
  await mkdir(directory)
  const allowFrom = [...people.values()].map(({ id }) => String(id))
  await writeFile(join(directory, 'access.json'), JSON.stringify({ dmPolicy: 'allowlist', allowFrom }))
  const [owner = ''] = allowFrom
  await writeFile(join(directory, 'approvers.json'), JSON.stringify({ approvers: [{ sender: owner, chat: owner }] }))
  spoil(telegram, random)
  const weather = startWeather(telegram)
  return {
    env: {
      TELEGRAM_API_ROOT: telegram.root,
      TELEGRAM_BOT_TOKEN: telegram.bot.token,
      TELEGRAM_STATE_DIR: directory,
    },
    send: sendAs(telegram, people, random),
    async calm() {
      await weather.close()
      telegram.faults.clear()
    },
    problems(replies) {
      const texts = [...people.values()].flatMap(({ dm }) => dm.texts)
      return [...judgeAnswers('telegram', texts, replies), ...judgeReceivers(telegram.bot.polls.conflicts)]
    },
    async close() {
      await weather.close()
      await telegram.close()
      await folder.remove()
    },
  }
}

function spoil({ faults }: FakeTelegram, random: Random): void {
  for (const [method, rate] of Object.entries(RATES)) {
    for (const fault of FAULTS) {
      const when = () => random.fraction() < rate / FAULTS.length
      faults.add({ ...fault, method, times: Number.POSITIVE_INFINITY, when })
    }
  }
}

/** A message counts as acknowledged once the bot has confirmed its update: Telegram will never give it again. */
function sendAs({ bot }: FakeTelegram, people: ReadonlyMap<string, Person>, random: Random): Send {
  return async ({ name, events, record, signal }) => {
    const person = people.get(name)
    if (!person) throw new TypeError(`there is nobody called ${name}`)
    const waiting: { readonly id: string; readonly update: number }[] = []
    const settle = () => {
      for (let first = waiting[0]; first && bot.isConfirmed(first.update); first = waiting[0]) {
        record.acknowledged(name, first.id)
        waiting.shift()
      }
    }
    for (const { id, content } of events) {
      person.says(person.dm, content, { entities: [] })
      waiting.push({ id, update: bot.updates.at(-1)?.update_id ?? 0 })
      await delay(random.below(LONGEST_PAUSE_MS), undefined, { signal })
      settle()
    }
    while (waiting.length > 0) {
      await delay(LOOK_MS, undefined, { signal })
      settle()
    }
  }
}
