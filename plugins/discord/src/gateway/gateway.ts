/**
 * The gateway as one state machine: connect, go on with the session wherever Discord has not ended it, log in only where it
 * has, and never more often than it allows. Every way in which a connection can end has one answer here.
 */
import { type Health, pause } from '@backchannel/channel/chat'
import type { APIGatewayBotInfo, GatewayDispatchPayload } from '@discordjs/core/http-only'
import { DiscordError, scrub } from '../api/errors.ts'
import { judgeClose } from './close-codes.ts'
import { connectGateway, type Ended, type GatewayConnection } from './connection.ts'
import type { Session } from './progress.ts'

export interface GatewayPorts {
  readonly token: string
  readonly botId: string | undefined
  /** One `GET /gateway/bot`. @throws DiscordError */
  info(signal: AbortSignal): Promise<APIGatewayBotInfo>
  /** As far as it is settled now. */
  session(): Session | undefined
  /** A new one, or none any more. */
  setSession(session: Session | undefined): void
  dispatch(payload: GatewayDispatchPayload): void
  /** Discord has taken us in: a session of before, with all that was missed, or a new one. */
  connected(how: 'ready' | 'resumed'): void
  health(health: Health): void
  readonly now: () => number
}

export interface Pace {
  /** Waits before the second, third, … connection in a row; the last one goes on. Milliseconds. */
  readonly failures: readonly number[]
  /** A row of failures is over when a connection lasted for this long. */
  readonly quietMs: number
  /** Between two logins. */
  readonly loginMs: number
}

export const DEFAULT_PACE: Pace = {
  failures: [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000],
  quietMs: 30_000,
  loginMs: 5_000,
}

/** Failures in a row after which a session is looked for at Discord's general address. */
const PATIENCE = 3
/** Where a budget is used up for longer, it is asked for again meanwhile. */
const LONGEST_REST_MS = 60 * 60_000

export interface Gateway {
  /** Ends the connection that there is and makes a new one: it may be dead. */
  restart(): void
  /** Ends it; the session stays, for the next process. Idempotent. */
  close(): Promise<void>
}

export function startGateway(ports: GatewayPorts, session: AbortSignal, pace: Pace = DEFAULT_PACE): Gateway {
  const ended = new AbortController()
  const signal = AbortSignal.any([ended.signal, session])
  let current: GatewayConnection | undefined
  let failures = 0
  let lastLogin = 0
  /** Ends a pause early. */
  let waking = new AbortController()

  const rest = async (ms: number): Promise<void> => {
    waking = new AbortController()
    await pause(ms, AbortSignal.any([signal, waking.signal]))
  }
  const restAfterFailure = async (detail: string): Promise<void> => {
    const wait = pace.failures[Math.min(failures, pace.failures.length - 1)] ?? 1_000
    failures += 1
    ports.health({ state: 'offline', detail, retryAt: ports.now() + wait })
    await rest(wait)
  }

  /** @returns undefined where it could not be had, and a try later is in order; throws where there is nothing to try */
  const ask = async (): Promise<APIGatewayBotInfo | undefined> => {
    try {
      return await ports.info(signal)
    } catch (thrown) {
      if (signal.aborted) return undefined
      const error = thrown instanceof DiscordError ? thrown : undefined
      if (error?.kind === 'unauthorized') throw thrown
      if (error?.retryAfterMs === undefined)
        await restAfterFailure(error?.reason ?? 'the gateway could not be asked for')
      else {
        ports.health({ state: 'throttled', retryAt: ports.now() + error.retryAfterMs })
        await rest(error.retryAfterMs)
      }
      return undefined
    }
  }
  /** The address to connect to, once a login would be allowed where one is needed. */
  const findAddress = async (): Promise<string | undefined> => {
    const info = await ask()
    if (!info || ports.session()) return info?.url
    const { remaining, reset_after: resetMs } = info.session_start_limit
    if (remaining > 0) {
      await pause(Math.max(0, lastLogin + pace.loginMs - ports.now()), signal)
      lastLogin = ports.now()
      return info.url
    }
    ports.health({ state: 'throttled', retryAt: ports.now() + resetMs })
    await rest(Math.min(Math.max(resetMs, 1_000), LONGEST_REST_MS))
    return undefined
  }

  const connect = async (url: string): Promise<Ended> => {
    const since = ports.now()
    const connection = await connectGateway({
      token: ports.token,
      url,
      session: ports.session,
      begun: ports.setSession,
      dispatch: (payload) => {
        if (!signal.aborted) ports.dispatch(payload)
      },
      alive(event) {
        if (event !== 'heartbeat') ports.connected(event)
        ports.health({ state: 'connected', at: ports.now() })
      },
    })
    current = connection
    if (signal.aborted) connection.end('the session has ended')
    const end = await connection.ended
    current = undefined
    if (ports.now() - since >= pace.quietMs) failures = 0
    return end
  }
  /** @returns whether to go on */
  const recover = async ({ code, isInvalid, detail }: Ended): Promise<boolean> => {
    const ending = isInvalid ? ({ next: 'identify' } as const) : judgeClose(code, ports.botId)
    if (ending.next === 'unauthorized' || ending.next === 'failed') {
      const state = ending.next
      ports.health({ state, detail: ending.words })
      return false
    }
    const kept = ports.session()
    if (ending.next === 'identify') ports.setSession(undefined)
    // The address for the session may be gone while the session is not.
    else if (kept && failures >= PATIENCE) {
      const info = await ask()
      if (info) ports.setSession({ ...kept, url: info.url })
    }
    await restAfterFailure(detail)
    return true
  }

  const run = async (): Promise<void> => {
    ports.health({ state: 'connecting' })
    while (!signal.aborted) {
      try {
        const url = await findAddress()
        if (url === undefined || signal.aborted) continue
        const end = await connect(url)
        if (signal.aborted || !(await recover(end))) return
      } catch (thrown) {
        if (signal.aborted) return
        if (thrown instanceof DiscordError && thrown.kind === 'unauthorized') {
          ports.health({ state: 'unauthorized', detail: thrown.reason })
          return
        }
        await restAfterFailure(thrown instanceof Error ? scrub(thrown.message, ports.token) : 'it failed')
      }
    }
  }

  const running = run()
  return {
    restart() {
      waking.abort()
      current?.end('the machine has slept')
    },
    async close() {
      ended.abort()
      current?.end('the session has ended')
      await running
    },
  }
}
