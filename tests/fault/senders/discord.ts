/**
 * Twenty people who write to the bot, on a Discord whose network fails at random and whose gateway ends connections in every
 * way it knows: cut, asked to begin anew, mute, with a session that is gone.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createTempDirectory } from '@backchannel/testkit'
import { type FakeDiscord, type FaultKind, type Person, startFakeDiscord } from '@backchannel/testkit/discord'
import { createRandom, type Random } from '../random.ts'
import type { Stage, StageOptions } from '../subjects.ts'
import { judgeAnswers, judgeReceivers, startWeather } from './chat.ts'
import type { Send } from './sender.ts'

/** Of the requests of a kind, how many fail. */
const RATES = {
  'GET /gateway/bot': 0.08,
  'GET /channels/:channel/messages': 0.08,
  'POST /channels/:channel/messages': 0.03,
}
const FAULTS: readonly FaultKind[] = [
  { kind: 'drop' },
  { kind: 'drop', after: true },
  { kind: 'reset', after: true },
  { kind: 'half' },
  { kind: 'delay', ms: 30 },
  { kind: 'status', status: 502 },
]
/** Between two messages of one person, at most. */
const LONGEST_PAUSE_MS = 160
const LOOK_MS = 5
/** Between two whims of the gateway. */
const WHIM_MS = 900
/** What no session was told, since there was none, Discord keeps in the chat: that the channel has it shows nowhere. */
const KEPT_MS = 3_000

export async function openDiscord({ seed, senders }: StageOptions): Promise<Stage> {
  const random = createRandom(seed + 3)
  const discord = await startFakeDiscord({ heartbeatMs: 400, silenceMs: 60_000 })
  const folder = await createTempDirectory('discord-fault-')
  const directory = join(folder.path, 'state')
  const people = new Map<string, Person>()
  for (const name of [...Array.from({ length: senders }, (_, at) => `s${at}`), 'last']) {
    people.set(name, discord.bot.person(name))
  }
  await mkdir(directory)
  const all = [...people.values()]
  const access = { dmPolicy: 'allowlist', allowFrom: all.map(({ id }) => id) }
  await writeFile(join(directory, 'access.json'), JSON.stringify(access))
  const [owner] = all
  const approvers = [{ sender: owner?.id, chat: owner?.dm.id }]
  await writeFile(join(directory, 'approvers.json'), JSON.stringify({ approvers }))
  spoil(discord, random)
  const known = new Set<string>()
  const weather = startWeather(discord)
  const whims = startWhims(discord, random, () => known.size >= senders)
  return {
    env: {
      DISCORD_API_ROOT: discord.root,
      DISCORD_BOT_TOKEN: discord.bot.token,
      DISCORD_STATE_DIR: directory,
    },
    send: sendAs(discord, people, random, known),
    async calm() {
      await Promise.all([weather.close(), whims.close()])
      discord.faults.clear()
    },
    problems(replies) {
      const texts = all.flatMap(({ dm }) => dm.texts)
      return [...judgeAnswers('discord', texts, replies), ...judgeReceivers(Math.max(0, discord.bot.gateway.most - 1))]
    },
    async close() {
      await Promise.all([weather.close(), whims.close()])
      await discord.close()
      await folder.remove()
    },
  }
}

function spoil({ faults }: FakeDiscord, random: Random): void {
  for (const [route, rate] of Object.entries(RATES)) {
    for (const fault of FAULTS) {
      const when = () => random.fraction() < rate / FAULTS.length
      faults.add({ ...fault, route, times: Number.POSITIVE_INFINITY, when })
    }
  }
}

/** @param mayForget a direct chat of which nobody knows is found by nobody, once its session is gone */
function startWhims({ bot: { gateway } }: FakeDiscord, random: Random, mayForget: () => boolean) {
  const end = new AbortController()
  const whims = [
    () => gateway.drop(),
    () => gateway.drop(4000),
    () => gateway.reconnect(),
    () => gateway.freeze(),
    () => gateway.invalidate(true),
    () => gateway.invalidate(!mayForget()),
  ]
  const run = async () => {
    while (!end.signal.aborted) {
      await delay(WHIM_MS, undefined, { signal: end.signal }).catch(() => {})
      if (!end.signal.aborted) whims[random.below(whims.length)]?.()
    }
  }
  const running = run()
  return {
    async close() {
      end.abort()
      await running
    },
  }
}

/** A message counts as acknowledged once a heartbeat or a resume says that all up to it is settled. */
function sendAs({ bot }: FakeDiscord, people: ReadonlyMap<string, Person>, random: Random, known: Set<string>): Send {
  return async ({ name, events, record, signal }) => {
    const person = people.get(name)
    if (!person) throw new TypeError(`there is nobody called ${name}`)
    const waiting: { readonly id: string; readonly message: string; readonly at: number }[] = []
    const isKept = ({ message, at }: (typeof waiting)[number]) =>
      bot.gateway.isAcknowledged(message) || (known.has(name) && Date.now() - at > KEPT_MS)
    const settle = () => {
      for (let first = waiting[0]; first && isKept(first); first = waiting[0]) {
        known.add(name)
        record.acknowledged(name, first.id)
        waiting.shift()
      }
    }
    for (const { id, content } of events) {
      const { id: message } = person.says(person.dm, content)
      waiting.push({ id, message, at: Date.now() })
      await delay(random.below(LONGEST_PAUSE_MS), undefined, { signal })
      settle()
    }
    while (waiting.length > 0) {
      await delay(LOOK_MS, undefined, { signal })
      settle()
    }
  }
}
