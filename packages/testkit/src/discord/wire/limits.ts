/** Rate limits: a bucket for each route and channel, with the headers that tell a client of it. */
import { createHash } from 'node:crypto'

export interface Limit {
  /** Requests. */
  readonly limit: number
  /** Milliseconds in which they may come. */
  readonly perMs: number
}

/** What Discord is known to give, for tests that want its pace. */
export const REAL_LIMITS: Readonly<Record<string, Limit>> = {
  'POST /channels/:channel/messages': { limit: 5, perMs: 5_000 },
  'PATCH /channels/:channel/messages/:message': { limit: 5, perMs: 5_000 },
  'DELETE /channels/:channel/messages/:message': { limit: 5, perMs: 1_000 },
  'PUT /channels/:channel/messages/:message/reactions/:emoji/@me': { limit: 1, perMs: 250 },
  'POST /channels/:channel/typing': { limit: 5, perMs: 5_000 },
}

/** Wide, so that tests do not wait unless they want to. */
const WIDE: Limit = { limit: 10_000, perMs: 1_000 }

export interface Limits {
  /** The limit of a route from now on; undefined: the wide one. */
  set(route: string, limit: Limit | undefined): void
  /** All requests of a bot together; Discord has 50 a second. Undefined: none. */
  setGlobal(limit: Limit | undefined): void
}

export interface Verdict {
  /** What the refusal says. */
  readonly message: string
  readonly headers: Readonly<Record<string, string>>
  /** Seconds to wait, where the request is refused. */
  readonly retryAfter: number | undefined
  readonly isGlobal: boolean
}

export interface LimitKeeper extends Limits {
  /** Counts a request. @param major the channel, guild or webhook that has a bucket of its own */
  take(token: string, route: string, major: string): Verdict
  /** Closes a bucket. */
  close(token: string, route: string, major: string, seconds: number, scope: Scope): void
}

type Scope = 'user' | 'shared' | 'global'

interface Bucket {
  used: number
  resetAt: number
  closedUntil: number
  scope: Scope
}

export function createLimits(now: () => number): LimitKeeper {
  const own = new Map<string, Limit>()
  const buckets = new Map<string, Bucket>()
  let global: Limit | undefined

  const open = (key: string, { perMs }: Limit): Bucket => {
    const found = buckets.get(key) ?? { used: 0, resetAt: 0, closedUntil: 0, scope: 'user' as const }
    buckets.set(key, found)
    if (found.resetAt <= now()) Object.assign(found, { used: 0, resetAt: now() + perMs })
    return found
  }
  const seconds = (until: number) => Math.max(0, until - now()) / 1000
  const refuse = (bucket: Bucket, limit: number, hash: string, until: number): Verdict => {
    const wait = Math.max(seconds(until), 0.001)
    const isGlobal = bucket.scope === 'global'
    const isShared = bucket.scope === 'shared'
    // A limit of the resource says nothing about the bot's own bucket, which goes on.
    const left = isShared ? Math.max(0, limit - bucket.used) : 0
    const headers = {
      'retry-after': String(Math.ceil(wait)),
      'x-ratelimit-scope': bucket.scope,
      ...(isGlobal
        ? { 'x-ratelimit-global': 'true' }
        : bucketHeaders(
            limit,
            left,
            isShared ? bucket.resetAt : until,
            isShared ? seconds(bucket.resetAt) : wait,
            hash,
          )),
    }
    const message = `${isShared ? 'The resource is' : 'You are'} being rate limited.`
    return { message, headers, retryAfter: wait, isGlobal }
  }

  return {
    set(route, limit) {
      if (limit) own.set(route, limit)
      else own.delete(route)
    },
    setGlobal(limit) {
      global = limit
    },
    take(token, route, major) {
      const all = open(`${token} global`, global ?? WIDE)
      all.scope = 'global'
      if (all.closedUntil > now()) return refuse(all, 0, '', all.closedUntil)
      if (global && all.used >= global.limit) return refuse(all, 0, '', all.resetAt)
      const limit = own.get(route) ?? WIDE
      const bucket = open(`${token} ${route} ${major}`, limit)
      const hash = createHash('md5').update(route).digest('hex')
      if (bucket.closedUntil > now()) return refuse(bucket, limit.limit, hash, bucket.closedUntil)
      if (bucket.used >= limit.limit) {
        bucket.scope = 'user'
        return refuse(bucket, limit.limit, hash, bucket.resetAt)
      }
      all.used += 1
      bucket.used += 1
      const left = limit.limit - bucket.used
      const headers = bucketHeaders(limit.limit, left, bucket.resetAt, seconds(bucket.resetAt), hash)
      return { message: '', headers, retryAfter: undefined, isGlobal: false }
    },
    close(token, route, major, wait, scope) {
      const key = scope === 'global' ? `${token} global` : `${token} ${route} ${major}`
      const bucket = open(key, own.get(route) ?? WIDE)
      Object.assign(bucket, { closedUntil: now() + wait * 1000, scope })
    },
  }
}

function bucketHeaders(limit: number, left: number, resetAt: number, wait: number, hash: string) {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(left),
    'x-ratelimit-reset': (resetAt / 1000).toFixed(3),
    'x-ratelimit-reset-after': wait.toFixed(3),
    'x-ratelimit-bucket': hash,
  }
}
