/**
 * The open permission requests of a session (contract 5): asked everywhere at once, answered once. Whatever happens, a
 * request ends in exactly one outcome, and in an allow only where somebody who was asked gave it.
 */
import { createRequestId, type PermissionRequest, type PermissionVerdict, renderError } from '@backchannel/protocol'
import { type Ask, createAsks } from '../asking/asks.ts'
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

type Ending = Omit<Outcome, 'call' | 'scope'> & { readonly scope?: 'session' | undefined }

interface OpenRequest extends Ask<RelayLink> {
  readonly request: PermissionRequest
  readonly frozen: FrozenCall
  end(result: Ending, links: readonly RelayLink[]): void
}

export function createBroker(options: BrokerOptions): Broker {
  const { relay = 'origin', canAsk, expireAfterMs, graceMs } = options
  const asks = createAsks<OpenRequest, RelayLink>({ canAsk, relays: relay !== 'off', expireAfterMs, graceMs })
  const allowed = createAllowances()

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
  const openRequest = (call: AskedCall, frozen: FrozenCall, signal: AbortSignal): Promise<Outcome> => {
    const done = Promise.withResolvers<Outcome>()
    const requestId = createRequestId(asks)
    const request: PermissionRequest = {
      requestId,
      toolName: call.tool,
      description: call.description,
      inputPreview: renderPreview(frozen.input, options.preview),
      ...(call.origin === undefined ? {} : { origin: call.origin }),
    }
    const conclude = async ({ scope: given, ...result }: Ending, links: readonly RelayLink[]): Promise<Outcome> => {
      const scope = given ?? 'once'
      const isChanged = result.behavior === 'allow' && !isSame(call, frozen)
      const ended = isChanged ? { behavior: 'cancelled' as const, by: 'arguments-changed' } : result
      const outcome = await settle(call, request.inputPreview, { ...ended, scope, requestId, call: frozen })
      if (outcome.behavior === 'allow' && scope === 'session') allowed.add(call.tool, frozen.input, outcome.by)
      options.resolved(requestId, outcome)
      for (const link of links) link.resolved({ requestId, outcome: outcome.behavior, by: outcome.by })
      return outcome
    }
    const end: OpenRequest['end'] = (result, links) => void conclude(result, links).then(done.resolve)
    const { origin, ...rest } = request
    const open: OpenRequest = {
      id: requestId,
      request,
      frozen,
      opened: (shownIn) => options.requested(request, shownIn),
      show: (link) => link.show(relay === 'origin' && origin ? { ...rest, origin } : rest),
      lapse: ({ outcome, by }, links) => end({ behavior: outcome, by }, links),
      end,
    }
    asks.open(open, signal)
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
      if (asks.closed) return settle(call, preview(), refuse('session-ended', frozen))
      if (signal.aborted) return settle(call, preview(), refuse('interrupt', frozen))
      if (!asks.canAnswer()) return settle(call, preview(), { ...refuse('nobody-to-ask', frozen), behavior: 'deny' })
      if (asks.size >= MOST_REQUESTS)
        return settle(call, preview(), { ...refuse('too-many', frozen), behavior: 'deny' })
      return openRequest(call, frozen, signal)
    },
    answer({ requestId, behavior, scope, note }) {
      const taken = asks.take(requestId)
      if (typeof taken === 'string') return taken
      const words = note === undefined ? {} : { note }
      taken.ask.end(
        { behavior, by: 'terminal', scope: behavior === 'allow' ? scope : undefined, ...words },
        taken.links,
      )
      return 'applied'
    },
    verdict(link, { requestId, behavior, scope, by }) {
      const taken = asks.take(requestId, link)
      if (typeof taken === 'string') return taken
      const { source } = link
      const sender = by === undefined ? {} : { sender: by }
      const given = { behavior, by: source, source, scope: behavior === 'allow' ? scope : undefined, ...sender }
      taken.ask.end(given, taken.links)
      return 'applied'
    },
    opened: asks.opened,
    lost: asks.lost,
    recheck: asks.recheck,
    open: () => asks.list().map(({ ask }) => ask.request),
    list: () =>
      asks.list().map(({ ask: { request, frozen }, shownIn, since }) => ({
        tool: request.toolName,
        description: request.description,
        preview: renderPreview(frozen.input, 'short'),
        relayedTo: shownIn,
        since,
      })),
    allowances: allowed,
    close: asks.close,
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
