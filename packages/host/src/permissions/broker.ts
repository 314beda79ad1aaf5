/**
 * The open permission requests of a session (contract 5): asked everywhere at once, answered once. Whatever happens, a
 * request ends in exactly one outcome, and in an allow only where somebody who was asked gave it.
 */
import { createRequestId, type PermissionRequest, type PermissionVerdict, renderError } from '@backchannel/protocol'
import type { RelayLink } from '../channels/relay-link.ts'
import { type Allowances, createAllowances } from './allowances.ts'
import type { AskedCall, BrokerOptions, LocalVerdict, OpenApproval, Outcome, VerdictResult } from './broker-types.ts'
import { digestCall, type FrozenCall, freezeCall } from './frozen-call.ts'
import { renderPreview } from './preview.ts'

export interface Broker {
  /** Never rejects. */
  ask(call: AskedCall, signal: AbortSignal): Promise<Outcome>
  answer(verdict: LocalVerdict): VerdictResult
  /** From a channel: counts only for a request that was shown there. */
  verdict(link: RelayLink, verdict: PermissionVerdict): VerdictResult
  /** It is shown what is open. */
  opened(link: RelayLink): void
  lost(link: RelayLink): void
  /** Who can answer may have changed otherwise: the operator's input has ended. */
  recheck(): void
  /** Ids and tools of what is open, oldest first. */
  open(): readonly PermissionRequest[]
  /** The same for people, without the ids (contract 5). */
  list(): readonly OpenApproval[]
  readonly allowances: Pick<Allowances, 'list' | 'remove'>
  /** Ends everything that is open as cancelled. Idempotent. */
  close(): void
}

/** More than an agent can mean at a time; a further one is denied. */
export const MOST_REQUESTS = 500
const HOUR_MS = 3_600_000

interface Open {
  readonly request: PermissionRequest
  readonly call: AskedCall
  readonly frozen: FrozenCall
  readonly links: Set<RelayLink>
  /** Milliseconds since 1970. */
  readonly since: number
  end(result: Omit<Outcome, 'call' | 'scope'> & { readonly scope?: 'session' | undefined }): void
}

export function createBroker(options: BrokerOptions): Broker {
  const { relay = 'origin', expireAfterMs = HOUR_MS, graceMs = 30_000 } = options
  const requests = new Map<string, Open>()
  const links = new Set<RelayLink>()
  const allowed = createAllowances()
  let grace: NodeJS.Timeout | undefined
  let closed = false

  const canAnswer = () => options.canAsk() || (relay !== 'off' && links.size > 0)
  /** Recorded before it counts; what can't be recorded is denied. */
  const settle = async (call: AskedCall, preview: string, outcome: Outcome): Promise<Outcome> => {
    try {
      await options.record(call, preview, outcome)
      return outcome
    } catch (thrown) {
      if (outcome.behavior !== 'allow') return outcome
      return { ...outcome, behavior: 'deny', by: 'audit', scope: 'once', problem: renderError(thrown) }
    }
  }
  const watchLinks = () => {
    clearTimeout(grace)
    grace = undefined
    if (requests.size === 0 || canAnswer()) return
    grace = setTimeout(() => {
      for (const { end } of [...requests.values()]) end({ behavior: 'cancelled', by: 'nobody-left' })
    }, graceMs)
  }
  const show = (open: Open, link: RelayLink) => {
    open.links.add(link)
    const { origin, ...rest } = open.request
    link.show(relay === 'origin' && origin ? { ...rest, origin } : rest)
  }

  const openRequest = (call: AskedCall, frozen: FrozenCall, signal: AbortSignal): Promise<Outcome> => {
    const done = Promise.withResolvers<Outcome>()
    const requestId = createRequestId({ has: (id) => requests.has(id), size: requests.size })
    const request: PermissionRequest = {
      requestId,
      toolName: call.tool,
      description: call.description,
      inputPreview: renderPreview(frozen.input, options.preview),
      ...(call.origin === undefined ? {} : { origin: call.origin }),
    }
    const end: Open['end'] = (result) => {
      if (!requests.delete(requestId)) return
      clearTimeout(expiry)
      signal.removeEventListener('abort', interrupt)
      watchLinks()
      void conclude(result).then(done.resolve)
    }
    const conclude = async ({ scope: given, ...result }: Parameters<Open['end']>[0]): Promise<Outcome> => {
      const scope = given ?? 'once'
      const isChanged = result.behavior === 'allow' && !isSame(call, frozen)
      const ended = isChanged ? { behavior: 'cancelled' as const, by: 'arguments-changed' } : result
      const outcome = await settle(call, request.inputPreview, { ...ended, scope, requestId, call: frozen })
      if (outcome.behavior === 'allow' && scope === 'session') allowed.add(call.tool, frozen.input, outcome.by)
      options.resolved(requestId, outcome)
      for (const link of open.links) link.resolved({ requestId, outcome: outcome.behavior, by: outcome.by })
      return outcome
    }
    const interrupt = () => end({ behavior: 'cancelled', by: 'interrupt' })
    const expiry = setTimeout(() => end({ behavior: 'expired', by: 'time' }), expireAfterMs)
    const open: Open = { request, call, frozen, links: new Set(), since: Date.now(), end }
    requests.set(requestId, open)
    signal.addEventListener('abort', interrupt, { once: true })
    const shown = relay === 'off' ? [] : [...links]
    options.requested(
      request,
      shown.map(({ source }) => source),
    )
    for (const link of shown) show(open, link)
    return done.promise
  }

  return {
    async ask(call, signal) {
      const none: FrozenCall = { input: {}, digest: '' }
      const refuse = (by: string, frozen = none): Outcome => ({
        behavior: 'cancelled',
        by,
        scope: 'once',
        call: frozen,
      })
      let frozen: FrozenCall
      try {
        frozen = freezeCall(call.tool, call.input)
      } catch {
        return settle(call, '', refuse('arguments-unreadable'))
      }
      const before = allowed.find(call.tool, frozen.input)
      const preview = () => renderPreview(frozen.input, options.preview)
      if (before) {
        const outcome = {
          behavior: 'allow',
          by: 'session',
          givenBy: before.by,
          scope: 'session',
          call: frozen,
        } as const
        return settle(call, preview(), outcome)
      }
      if (closed) return settle(call, preview(), refuse('session-ended', frozen))
      if (signal.aborted) return settle(call, preview(), refuse('interrupt', frozen))
      if (!canAnswer()) return settle(call, preview(), { ...refuse('nobody-to-ask', frozen), behavior: 'deny' })
      if (requests.size >= MOST_REQUESTS)
        return settle(call, preview(), { ...refuse('too-many', frozen), behavior: 'deny' })
      return openRequest(call, frozen, signal)
    },
    answer({ requestId, behavior, scope, note }) {
      const open = requests.get(requestId)
      if (!open) return 'not-open'
      open.end({
        behavior,
        by: 'terminal',
        scope: behavior === 'allow' ? scope : undefined,
        ...(note === undefined ? {} : { note }),
      })
      return 'applied'
    },
    verdict(link, { requestId, behavior, scope, by }) {
      const open = requests.get(requestId)
      if (!open) return 'not-open'
      if (!open.links.has(link)) return 'not-asked-there'
      const sender = by === undefined ? {} : { sender: by }
      open.end({
        behavior,
        by: link.source,
        source: link.source,
        scope: behavior === 'allow' ? scope : undefined,
        ...sender,
      })
      return 'applied'
    },
    opened(link) {
      links.add(link)
      if (relay !== 'off') for (const open of requests.values()) show(open, link)
      watchLinks()
    },
    lost(link) {
      links.delete(link)
      for (const open of requests.values()) open.links.delete(link)
      watchLinks()
    },
    recheck: watchLinks,
    open: () => [...requests.values()].map(({ request }) => request),
    list: () =>
      [...requests.values()].map(({ request, frozen, links: shown, since }) => ({
        tool: request.toolName,
        description: request.description,
        preview: renderPreview(frozen.input, 'short'),
        relayedTo: [...shown].map(({ source }) => source),
        since,
      })),
    allowances: allowed,
    close() {
      closed = true
      for (const { end } of [...requests.values()]) end({ behavior: 'cancelled', by: 'session-ended' })
      clearTimeout(grace)
    },
  }
}

/** Whoever asked may hold the arguments still, and have changed them since. */
function isSame({ tool, input }: AskedCall, { digest }: FrozenCall): boolean {
  try {
    return digestCall(tool, input) === digest
  } catch {
    return false
  }
}
