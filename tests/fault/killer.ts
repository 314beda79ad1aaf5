/** Carries out a schedule: `kill -9` of the channel, or of the session that runs it, while the senders go on. */
import { setTimeout as delay } from 'node:timers/promises'
import { waitFor } from '@backchannel/testkit'
import type { FaultRecord } from './record.ts'
import type { Kill } from './schedule.ts'
import { killHard, type RunningSession } from './session.ts'

export type Victim = 'channel' | 'host'

export interface KillerOptions {
  readonly schedule: readonly Kill[]
  readonly record: Pick<FaultRecord, 'acknowledgements'>
  /** The session that runs now. */
  session(): RunningSession
  /** Starts the next one, in the same project with the same state. */
  next(): RunningSession
  /** Every process of a channel that was seen. */
  readonly channels: Set<number>
  readonly signal: AbortSignal
}

/** The last kills come when everything is acknowledged, at the latest. @returns how many processes were killed */
export async function killAll(victim: Victim, options: KillerOptions): Promise<number> {
  const { schedule, record, signal } = options
  const kill = victim === 'channel' ? killChannel : killHost
  let kills = 0
  for (const { acknowledged, delayMs, againMs, pauseMs } of schedule) {
    while (record.acknowledgements < acknowledged) await delay(1, undefined, { signal })
    await delay(delayMs, undefined, { signal })
    await kill(options, pauseMs)
    kills += 1
    if (againMs === undefined) continue
    await delay(againMs, undefined, { signal })
    await kill(options, pauseMs)
    kills += 1
  }
  return kills
}

/** Resolves when the next process of the channel is started, however far that has got. */
async function killChannel({ session, channels, signal }: KillerOptions): Promise<void> {
  const running = session()
  const before = running.channelEnds
  const pid = await running.channel()
  channels.add(pid)
  killHard(pid)
  await waitFor(() => signal.aborted || running.channelEnds > before, { what: 'the end of the channel', intervalMs: 1 })
  running.restartChannel()
  channels.add(await running.channel())
}

async function killHost({ session, next, channels, signal }: KillerOptions, pauseMs: number): Promise<void> {
  const running = session()
  // It may not have started a channel yet.
  const pid = await Promise.race([running.channel(), delay(200)]).catch(() => undefined)
  if (pid !== undefined) channels.add(pid)
  await running.end('SIGKILL')
  await delay(pauseMs, undefined, { signal })
  next()
}
