/**
 * A channel as a place where permissions are asked (contract 5 and 8): what is sent to it, and what it says back. What
 * counts is decided by whoever keeps the open requests; here it is only read.
 */
import {
  type Control,
  EXTENSION_METHODS,
  METHODS,
  type PermissionRequest,
  type PermissionResolved,
  type PermissionVerdict,
  parseControl,
  parsePermissionVerdict,
  renderPermissionRequest,
  renderPermissionResolved,
} from '@backchannel/protocol'
import type { Connection } from './connection.ts'
import { createLimiter } from './limiter.ts'

/** One process of a registered channel that declared the capability. */
export interface RelayLink {
  readonly source: string
  /** Sends the request; its origin only to a peer that knows it. */
  show(request: PermissionRequest): void
  /** Says how it ended, to a peer that knows this; another one learns nothing. */
  resolved(resolved: PermissionResolved): void
}

export interface RelayPorts {
  opened(link: RelayLink): void
  /** The process of this link has gone, or the channel is no longer registered. */
  lost(link: RelayLink): void
  verdict(link: RelayLink, verdict: PermissionVerdict): void
  /** Somebody in a chat of the channel wants something of the session; the channel has checked that they may. */
  control(source: string, control: Control): void
}

export interface RelayLinkKeeper {
  /** The admission of a process is decided, or decided anew. */
  connected(connection: Connection, registered: boolean): void
  disconnected(): void
  /** @returns whether the method is one of the relay's */
  take(method: string, params: unknown): boolean
}

/** Nobody presses buttons faster; what is over it is passed over, and counts as not said. */
const PER_SECOND = 50
const BURST = 500

/** @param problem says, once a process, that something was not understood or came too fast */
export function createRelayLink(source: string, ports: RelayPorts, problem: (text: string) => void): RelayLinkKeeper {
  let link: OwnLink | undefined
  let hasControl = false
  let limiter = createLimiter({ perSecond: PER_SECOND, burst: BURST })
  let told = false

  const tell = (text: string) => {
    if (!told) problem(text)
    told = true
  }
  const verdict = (params: unknown) => {
    if (link === undefined) return tell('a verdict was passed over: no permission request goes to this channel')
    const read = parsePermissionVerdict(params)
    if (!read.ok) return tell(`a verdict was passed over: ${read.problem}`)
    ports.verdict(link, read.value)
  }
  const control = (params: unknown) => {
    if (!hasControl) return
    const read = parseControl(params)
    if (!read.ok) return tell(`a control message was passed over: ${read.problem}`)
    ports.control(source, read.value)
  }
  const close = () => {
    const lost = link
    link = undefined
    if (lost === undefined) return
    ports.lost(lost)
    lost.withdraw()
  }
  return {
    connected(connection, registered) {
      close()
      limiter = createLimiter({ perSecond: PER_SECOND, burst: BURST })
      told = false
      hasControl = registered && connection.features.has('control')
      if (!registered || !connection.capabilities.permission) return
      link = createLink(source, connection)
      ports.opened(link)
    },
    disconnected() {
      hasControl = false
      close()
    },
    take(method, params) {
      const isVerdict = method === METHODS.permissionVerdict
      if (!isVerdict && method !== EXTENSION_METHODS.control) return false
      if (!limiter.take()) tell('verdicts come faster than people give them; those over the rate are passed over')
      else if (isVerdict) verdict(params)
      else control(params)
      return true
    },
  }
}

interface OwnLink extends RelayLink {
  /** Says of what is open there that it is asked elsewhere now, to a peer that knows this. */
  withdraw(): void
}

function createLink(source: string, { features, notify }: Connection): OwnLink {
  const extended = features.has('origin')
  const open = new Set<string>()
  const resolved = (end: PermissionResolved) => {
    open.delete(end.requestId)
    if (extended) notify(EXTENSION_METHODS.permissionResolved, renderPermissionResolved(end))
  }
  return {
    source,
    show(request) {
      open.add(request.requestId)
      notify(METHODS.permissionRequest, renderPermissionRequest(request, extended))
    },
    resolved,
    withdraw() {
      for (const requestId of open) resolved({ requestId, outcome: 'cancelled', by: 'not-registered' })
    },
  }
}
