/**
 * Long polling as one state machine: what comes is handed over, and confirmed (by the next offset) once that is done.
 * Every way in which a poll can end has one answer here: how long to wait, what to say, and whether to go on at all.
 */
import { type Health, pause } from '@backchannel/channel/chat'
import type { Update } from 'grammy/types'
import { TelegramError } from '../api/errors.ts'

export interface PollerPorts {
  /** One `getUpdates`. @throws TelegramError */
  poll(options: PollRequest): Promise<readonly Update[]>
  /** Milliseconds to wait before this update, and all after it, are to be given again; undefined once it is done with. */
  handle(update: Update): Promise<number | undefined>
  health(health: Health): void
  /** Who receives in our place, as far as that can be found out. */
  rival(signal: AbortSignal): Promise<string>
  readonly now: () => number
}

export interface PollRequest {
  readonly offset: number
  /** Seconds that Telegram may wait for something. */
  readonly timeout: number
  readonly limit: number
  /** Milliseconds after which it is given up. */
  readonly limitMs: number
  readonly signal: AbortSignal
}

export interface Pace {
  /** Waits after the first, second, … failure in a row; the last one goes on. Milliseconds. */
  readonly failures: readonly number[]
  /** Waits after each conflict; after the last one it is given up. */
  readonly conflicts: readonly number[]
  /** A conflict is over when polls went well for this long. */
  readonly quietMs: number
  /** Seconds that Telegram may keep a poll waiting. */
  readonly pollSeconds: number
  /** How much longer a poll may take before its connection is taken for dead. */
  readonly slackMs: number
}

export const DEFAULT_PACE: Pace = {
  failures: [1_000, 2_000, 4_000, 8_000, 15_000, 30_000],
  conflicts: [1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 30_000, 30_000],
  quietMs: 60_000,
  pollSeconds: 30,
  slackMs: 10_000,
}

const MOST_UPDATES = 100

export interface Poller {
  /** Ends the poll that is under way and begins a new one: the connection may be dead. */
  restart(): void
  /** Ends it, and confirms what was handed over. Idempotent. */
  close(): Promise<void>
}

export function startPoller(ports: PollerPorts, session: AbortSignal, pace: Pace = DEFAULT_PACE): Poller {
  const ended = new AbortController()
  const signal = AbortSignal.any([ended.signal, session])
  let offset = 0
  let failures = 0
  let conflicts = 0
  let quietSince = 0
  /** Ends one poll, or the pause before the next. */
  let current = new AbortController()

  const rest = (ms: number) => pause(ms, AbortSignal.any([signal, current.signal]))

  const deliver = async (updates: readonly Update[]): Promise<void> => {
    // All at once, in order: each chat keeps its own order behind this, and a slow one holds up no other.
    const waits = await Promise.all(updates.map((update) => ports.handle(update)))
    const deferred = waits.findIndex((wait) => wait !== undefined)
    const next = deferred === -1 ? updates.at(-1) : updates[deferred - 1]
    if (next) offset = next.update_id + 1
    const wait = waits[deferred]
    if (wait !== undefined) await rest(wait)
  }

  const succeed = () => {
    const now = ports.now()
    failures = 0
    // Two pollers that end each other in turns have successes in between; only quiet ends the conflict.
    if (conflicts > 0 && now - quietSince >= pace.quietMs) conflicts = 0
    ports.health({ state: 'connected', at: now })
  }

  /** @returns false where it is over */
  const recover = async (thrown: unknown): Promise<boolean> => {
    const error = thrown instanceof TelegramError ? thrown : undefined
    const detail = error?.reason ?? 'the poll failed'
    if (error?.kind === 'unauthorized') {
      ports.health({ state: 'unauthorized', detail })
      return false
    }
    if (error?.code === 409) return resolveConflict()
    if (error?.code === 429) {
      const wait = error.retryAfterMs ?? 1000
      ports.health({ state: 'throttled', retryAt: ports.now() + wait })
      await rest(wait)
      return true
    }
    const wait = pace.failures[Math.min(failures, pace.failures.length - 1)] ?? 1000
    failures += 1
    ports.health({ state: 'offline', detail, retryAt: ports.now() + wait })
    await rest(wait)
    return true
  }

  const resolveConflict = async (): Promise<boolean> => {
    const wait = pace.conflicts[conflicts]
    conflicts += 1
    const detail = await ports.rival(signal)
    ports.health({ state: 'conflict', detail, final: wait === undefined })
    if (wait === undefined) return false
    await rest(wait)
    quietSince = ports.now()
    return true
  }

  const run = async (): Promise<void> => {
    ports.health({ state: 'connecting' })
    // The first poll asks for what is there, so that the first word on the connection comes at once.
    let timeout = 0
    while (!signal.aborted) {
      current = new AbortController()
      try {
        const limitMs = timeout * 1000 + pace.slackMs
        const ended = AbortSignal.any([signal, current.signal])
        const request = { offset, timeout, limit: MOST_UPDATES, limitMs, signal: ended }
        const updates = await ports.poll(request)
        succeed()
        timeout = pace.pollSeconds
        await deliver(updates)
      } catch (thrown) {
        if (signal.aborted) break
        // Ended by us, to begin again.
        if (current.signal.aborted) continue
        if (!(await recover(thrown))) return
      }
    }
  }

  const running = run()
  let closing: Promise<void> | undefined
  return {
    restart: () => current.abort(),
    close() {
      closing ??= (async () => {
        ended.abort()
        await running
        if (offset > 0) await confirm(ports, offset)
      })()
      return closing
    },
  }
}

const CONFIRM_LIMIT_MS = 400

/** What is not confirmed comes again to the next session, and is known there; so a failure matters little. */
async function confirm({ poll }: PollerPorts, offset: number): Promise<void> {
  const signal = AbortSignal.timeout(CONFIRM_LIMIT_MS)
  await poll({ offset, timeout: 0, limit: 1, limitMs: CONFIRM_LIMIT_MS, signal }).catch(() => {})
}
