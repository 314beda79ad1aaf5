/** The loopback guard: only pages of this very server, and programs of this machine, get through. */
import type { IncomingMessage } from 'node:http'

export interface GuardOptions {
  /**
   * Lets a link from anywhere open the page: a GET or HEAD that a browser marks as a top-level navigation. The site
   * with the link can't read what it opened, and a frame never passes.
   */
  readonly allowNavigation?: boolean
}

export interface Refusal {
  /** 421 when the request names another host, 403 when a foreign page sent it. */
  readonly status: 403 | 421
  /** A sentence for the answer and the log; what came is quoted, cut and free of control characters. */
  readonly reason: string
}

const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::(?:0|[1-9]\d{0,4}))?$/i

/**
 * Whether a request to a server on loopback must be refused, and why; `undefined` when it may pass. For WebSocket
 * upgrades too.
 *
 * - `Host` must be given once and be `localhost`, `127.0.0.1` or `[::1]`, with any port: a page whose own host name was
 *   pointed at this machine (DNS rebinding) is refused. So is a request line with a whole URL in it.
 * - `Origin`, where given, must be `http://` and `Host`, exactly: other sites, other ports and `null` are refused.
 * - `Sec-Fetch-Site`, where given, must be `same-origin` or `none`.
 *
 * A local program that sends neither `Origin` nor `Sec-Fetch-Site` passes.
 */
export function refuseForeign(request: IncomingMessage, options: GuardOptions = {}): Refusal | undefined {
  const hosts = valuesOf(request, 'host')
  const [host] = hosts
  if (host === undefined) return { status: 421, reason: 'The request has no Host header.' }
  if (hosts.length > 1) return { status: 421, reason: 'The request has more than one Host header.' }
  if (!LOOPBACK_HOST.test(host)) {
    return { status: 421, reason: `The request is for the host ${quote(host)}, but only localhost is served here.` }
  }
  if (!/^[/*]/.test(request.url ?? '')) {
    return { status: 421, reason: 'The request line holds a whole URL, as for a proxy; only a path is taken.' }
  }
  for (const origin of valuesOf(request, 'origin')) {
    if (origin !== `http://${host}`) {
      return { status: 403, reason: `The request comes from the page ${quote(origin)}, not from http://${host}.` }
    }
  }
  if (options.allowNavigation && isNavigation(request)) return undefined
  for (const site of valuesOf(request, 'sec-fetch-site')) {
    if (site !== 'same-origin' && site !== 'none') {
      return { status: 403, reason: `The request comes from another site (Sec-Fetch-Site: ${quote(site)}).` }
    }
  }
  return undefined
}

function isNavigation(request: IncomingMessage): boolean {
  return (
    (request.method === 'GET' || request.method === 'HEAD') &&
    isOnly(valuesOf(request, 'sec-fetch-mode'), 'navigate') &&
    isOnly(valuesOf(request, 'sec-fetch-dest'), 'document')
  )
}

function isOnly(values: readonly string[], expected: string): boolean {
  return values.length === 1 && values[0] === expected
}

/** Every value as sent: `request.headers` hides a second Host header and joins others. */
function valuesOf(request: IncomingMessage, name: string): string[] {
  const { rawHeaders: raw } = request
  const values: string[] = []
  for (let at = 0; at < raw.length; at += 2) {
    if (raw[at]?.length === name.length && raw[at]?.toLowerCase() === name) values.push(raw[at + 1] ?? '')
  }
  return values
}

function quote(value: string): string {
  const text = value.replace(/[^\x21-\x7e]/g, '?')
  return `"${text.length > 80 ? `${text.slice(0, 80)}…` : text}"`
}
