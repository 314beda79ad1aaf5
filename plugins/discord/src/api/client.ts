/** The client of Discord's REST API, made when the first request is: it and `fetch` cost a start that may never need them. */
import { PlatformError } from '@backchannel/channel/chat'
import type { API } from '@discordjs/core/http-only'
import type { RESTOptions } from '@discordjs/rest'
import { toPlatformError } from './errors.ts'

export interface ClientOptions {
  readonly token: string
  readonly apiRoot: string
}

/** Calls one method. The signal is handed on; a request that has no end of its own gets one. */
export type Call = <T>(method: (api: API, signal: AbortSignal) => Promise<T>, options: CallOptions) => Promise<T>

export interface CallOptions {
  readonly signal: AbortSignal
  /** Milliseconds; default {@link REQUEST_LIMIT_MS}. */
  readonly limitMs?: number
}

export const REQUEST_LIMIT_MS = 30_000
/** Each call has a limit of its own, which is shorter. */
const LONGEST_MS = 15 * 60_000
const MOMENT_MS = 2_000

/** @throws PlatformError from every call */
export function createClient(options: ClientOptions): Call {
  const { token } = options
  let made: Promise<API> | undefined
  return async (method, { signal, limitMs = REQUEST_LIMIT_MS }) => {
    made ??= connect(options)
    const limit = AbortSignal.timeout(limitMs)
    try {
      const api = await made
      signal.throwIfAborted()
      return await method(api, AbortSignal.any([signal, limit]))
    } catch (thrown) {
      if (signal.aborted && !PlatformError.is(thrown)) throw signal.reason
      throw toPlatformError(thrown, { token, limit: limit.aborted ? limitMs : undefined })
    }
  }
}

async function connect({ token, apiRoot }: ClientOptions): Promise<API> {
  const [{ API }, { REST }] = await Promise.all([import('@discordjs/core/http-only'), import('@discordjs/rest')])
  const rest = new REST({
    version: '10',
    api: apiRoot,
    userAgentAppendix: 'Backchannel',
    // The kit decides what is tried again, and waits for one chat alone: here nothing waits for a chat, so none blocks
    // another. Only the fifty requests a second that all have together are kept here, within a moment.
    retries: 0,
    rejectOnRateLimit: ({ global, timeToReset }) => !global || timeToReset > MOMENT_MS,
    timeout: LONGEST_MS,
    hashSweepInterval: 0,
    handlerSweepInterval: 0,
    makeRequest: ((url: string, init: RequestInit) => fetch(url, init)) as unknown as RESTOptions['makeRequest'],
  })
  return new API(rest.setToken(token))
}
