/** grammY's client, made when the first request is: it and `fetch` cost a start that may never need them. */
import { PlatformError } from '@backchannel/channel/chat'
import type { Api } from 'grammy/web'
import { toPlatformError } from './errors.ts'

export interface ClientOptions {
  readonly token: string
  readonly apiRoot: string
}

/** Calls one method. The signal is handed on; a request that has no end of its own gets one. */
export type Call = <T>(method: (api: Api, signal: ApiSignal) => Promise<T>, options: CallOptions) => Promise<T>

export interface CallOptions {
  readonly signal: AbortSignal
  /** Milliseconds; default {@link REQUEST_LIMIT_MS}. */
  readonly limitMs?: number
}

/** What grammY declares: the signal of an old package, in place of the platform's own that its web build takes. */
export type ApiSignal = Parameters<Api['getMe']>[0]

export const REQUEST_LIMIT_MS = 30_000

/** @throws PlatformError from every call */
export function createClient({ token, apiRoot }: ClientOptions): Call {
  let made: Promise<Api> | undefined
  return async (method, { signal, limitMs = REQUEST_LIMIT_MS }) => {
    if (signal.aborted) throw new PlatformError('the session has ended', { kind: 'unsent' })
    made ??= import('grammy/web').then(({ Api }) => new Api(token, { apiRoot }))
    const api = await made
    const limit = AbortSignal.timeout(limitMs)
    try {
      return await method(api, AbortSignal.any([signal, limit]) as ApiSignal)
    } catch (thrown) {
      throw toPlatformError(thrown, { token, limit: limit.aborted ? limitMs : undefined })
    }
  }
}
