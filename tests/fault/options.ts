/** The command line of the fault run. */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { RUNTIMES, type Runtime } from '@backchannel/testkit'
import type { Victim } from './killer.ts'
import { SUBJECTS, type Subject } from './subjects.ts'

export interface FaultOptions {
  readonly seed: number
  /** Undefined: as many as the channel's runs usually have. */
  readonly events: number | undefined
  readonly kills: number
  readonly subjects: readonly Subject[]
  readonly victims: readonly Victim[]
  /** Whether many sessions on one bot are among the runs. */
  readonly hub: boolean
  readonly sessions: number
  readonly runtime: Runtime
  readonly help: boolean
}

const HUB = 'hub'
const VICTIMS: readonly Victim[] = ['channel', 'host']

export const USAGE = `npm run fault -- [options]

  --seed N        when what is killed, and how large events are; default: another one each time, which is printed
  --events N      events of each run; default: 10000, of telegram and discord 1000, of imessage 500
  --kills N       kills of each run; default: 20
  --channel NAME  webhook, fakechat, telegram, discord, imessage, or hub: many sessions on one bot, 2000 messages; default: all
  --sessions N    sessions of the hub's run; default: 20
  --kill WHAT     channel or host; default: both
  --runtime NAME  node or bun, for the channel; default: node

Exit status 0 where every acknowledged event reached a session, in order, repeats labelled; else 1.
`

/** @throws TypeError that says which argument is not understood. */
export function parseOptions(parameters: readonly string[]): FaultOptions {
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      seed: { type: 'string' },
      events: { type: 'string' },
      kills: { type: 'string', default: '20' },
      channel: { type: 'string', multiple: true, default: [] },
      sessions: { type: 'string', default: '20' },
      kill: { type: 'string', multiple: true, default: [] },
      runtime: { type: 'string', default: 'node' },
      help: { type: 'boolean', default: false },
    },
  })
  const channels = values.channel.filter((name) => name !== HUB)
  const isHubAlone = channels.length === 0 && values.channel.length > 0
  const subjects = channels.map((name) => SUBJECTS.find((one) => one.name === name) ?? unknown('--channel', name))
  const victims = values.kill.map((name) => VICTIMS.find((one) => one === name) ?? unknown('--kill', name))
  return {
    seed: values.seed === undefined ? randomInt(2 ** 31) : parseCount('--seed', values.seed, 0),
    events: values.events === undefined ? undefined : parseCount('--events', values.events, 1),
    kills: parseCount('--kills', values.kills, 0),
    subjects: subjects.length > 0 || isHubAlone ? subjects : SUBJECTS,
    hub: values.channel.length === 0 || values.channel.includes(HUB),
    sessions: parseCount('--sessions', values.sessions, 1),
    victims: victims.length > 0 ? victims : VICTIMS,
    runtime: RUNTIMES.find((one) => one === values.runtime) ?? unknown('--runtime', values.runtime),
    help: values.help,
  }
}

function unknown(option: string, value: string): never {
  throw new TypeError(`${option} ${value}: there is no such thing`)
}

function parseCount(option: string, text: string, least: number): number {
  const count = Number(text)
  if (Number.isSafeInteger(count) && count >= least) return count
  throw new TypeError(`${option} ${text}: expected a whole number from ${least}`)
}
