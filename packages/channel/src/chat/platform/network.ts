/** What an error of `fetch` or of a socket says: the system's word for it, and whether anything can have been sent. */

export interface NetworkFailure {
  /** Such as `ECONNREFUSED`; else the name of the error. Holds no address. */
  readonly code: string
  /** False where nothing was sent: no name, no route, nobody there. */
  readonly reached: boolean
}

/** Nothing was sent yet: names, routes, refusals; on Node and on Bun. */
const NOT_REACHED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'ENETDOWN',
  'EHOSTUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'ConnectionRefused',
  'FailedToOpenSocket',
])

export function readNetworkFailure(thrown: unknown): NetworkFailure {
  const code = findCode(thrown)
  return { code: code ?? nameOf(thrown), reached: code === undefined || !NOT_REACHED.has(code) }
}

/** The first code on the way down: a client wraps an error of `fetch`, which has the system's as its cause. */
function findCode(thrown: unknown): string | undefined {
  let at = thrown
  for (let depth = 0; depth < 6 && typeof at === 'object' && at !== null; depth += 1) {
    const { code, error, cause } = at as { code?: unknown; error?: unknown; cause?: unknown }
    if (typeof code === 'string' && /^\w{2,40}$/.test(code)) return code
    at = error ?? cause
  }
  return undefined
}

function nameOf(thrown: unknown): string {
  const inner = (thrown as { error?: unknown } | undefined)?.error ?? thrown
  return inner instanceof Error ? inner.name : 'error'
}
