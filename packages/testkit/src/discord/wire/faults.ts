/** What can go wrong with a request to the API, to the CDN or for a socket, and with which. */
import { createFaultList, type FaultList } from '../../loopback/fault-list.ts'
import type { NetworkFault } from '../../loopback/network-faults.ts'

export type { AddedFault } from '../../loopback/fault-list.ts'

export type FaultKind =
  | NetworkFault
  /** An answer other than the real one; without `code` as a proxy before Discord gives it, in HTML. */
  | { readonly kind: 'status'; readonly status: number; readonly code?: number; readonly message?: string }
  /** 429: the bucket of this request (or all, where the scope is `global`) is closed for so many seconds. */
  | { readonly kind: 'limit'; readonly retryAfter: number; readonly scope?: 'user' | 'shared' | 'global' }

export interface AskedRequest {
  /** As in the table of routes: `POST /channels/:channel/messages`; `GET /attachments` and `gateway` for the others. */
  readonly route: string
  /** The ids of the path: `channel`, `message`, `guild`, … */
  readonly parameters: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
  readonly path: string
}

export type Fault = FaultKind & {
  /** A route of the table, or the start of several; default: any. */
  readonly route?: string
  /** The id of a channel; default: any. */
  readonly channel?: string
  /** How many requests it hits; default 1. */
  readonly times?: number
  /** Asked for each such request; default: always. */
  readonly when?: (request: AskedRequest) => boolean
}

export type Faults = FaultList<Fault>
export type TakeFault = (asked: AskedRequest) => FaultKind | undefined

export function createFaults(): { readonly faults: Faults; readonly take: TakeFault } {
  return createFaultList<Fault, AskedRequest>(({ route, channel, when }, asked) => {
    if (route !== undefined && !asked.route.startsWith(route)) return false
    if (channel !== undefined && asked.parameters['channel'] !== channel) return false
    return when === undefined || when(asked)
  })
}
