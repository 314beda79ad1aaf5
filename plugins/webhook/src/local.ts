/** What has no secret stays on this machine: who counts as local, and why everybody else is refused. */
import type { IncomingMessage } from 'node:http'
import { refuseForeign } from '@backchannel/channel/http'
import { RequestError } from './request-error.ts'

export interface LocalOptions {
  /** Whether the server can be reached from other machines; the address that was asked for then counts too. */
  readonly exposed: boolean
  /** See the kit's guard: lets a link open the page. */
  readonly allowNavigation?: boolean
}

/** A proxy or tunnel on this machine adds one of these; without them its requests would look like local ones. */
const FORWARDED = [
  ...['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-server'],
  ...['x-real-ip', 'x-client-ip', 'true-client-ip', 'cf-connecting-ip', 'fly-client-ip', 'x-envoy-external-address'],
]

/** `localhost` and the addresses of this machine that no other can reach, as a host setting or a socket has them. */
export function isLoopback(address: string): boolean {
  return /^(?:localhost|(?:::ffff:)?127(?:\.\d{1,3}){3}|::1)$/i.test(address)
}

/**
 * Lets programs of this machine through, and pages of this server; nobody else.
 * @throws RequestError 403 or 421
 */
export function assertLocal(request: IncomingMessage, { exposed, allowNavigation = false }: LocalOptions): void {
  const foreign = refuseForeign(request, { allowNavigation })
  if (foreign) throw refuse(foreign.status, foreign.reason)
  const relay = FORWARDED.find((name) => request.headers[name] !== undefined)
  if (relay !== undefined) throw refuse(403, `The request was forwarded by a proxy or tunnel (it has "${relay}").`)
  // The kernel takes packets for a loopback address from this machine only.
  if (exposed && !isLoopback(request.socket.localAddress ?? '')) {
    throw refuse(403, 'The request comes from another machine.')
  }
}

function refuse(status: number, reason: string): RequestError {
  return new RequestError(status, 'request-refused', reason, {
    hint: 'Send it from a program on this machine to http://localhost, not from a web page; or to a source with a secret.',
  })
}
