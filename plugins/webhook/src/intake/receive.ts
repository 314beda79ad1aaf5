/** What happens to a request for a source, in order: proof, limit, filter, text, and the answer once it is stored. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Emit, OutgoingEvent } from '@backchannel/channel'
import { sendJson, sendText } from '@backchannel/channel/http'
import { emptyBody, type ReadRequestBody } from '../inbound.ts'
import { RequestError } from '../request-error.ts'
import { limit as cut } from '../rules/meta.ts'
import type { View } from '../rules/path.ts'
import type { Source } from '../sources/source.ts'
import { createDelivery, createView, type Delivery, mediaType } from './delivery.ts'
import { toDeliveryId } from './delivery-id.ts'
import { createFolds, type Folds } from './folds.ts'
import { assertProven, assertUsable } from './proof.ts'
import { createRateLimit, type RateLimit } from './rate-limit.ts'

export interface ReceiverOptions {
  readonly emit: Emit
  readonly readBody: ReadRequestBody
  /** Aborts when the session ends; what is being folded is emitted then. */
  readonly signal: AbortSignal
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Answers the request. @throws RequestError, and whatever `emit` throws */
export type Receive = (request: IncomingMessage, response: ServerResponse, source: Source) => Promise<void>

/** What a source has going on. */
interface Running {
  readonly source: Source
  readonly limit?: RateLimit
  readonly folds?: Folds
}

/** Keys of folds are compared whole, and not kept longer than this. */
const KEY_UNITS = 500
const EVENT_UNITS = 100
/** Says which session an event is for; no delivery can say it. */
export const SESSION_KEY = 'for_session'

export function createReceiver({ emit, readBody, signal, now }: ReceiverOptions): Receive {
  const running = new Map<string, Running>()
  // A source is a new object whenever the file was read: what the old one was folding is told, and the rest forgotten.
  const runningOf = (source: Source): Running => {
    const known = running.get(source.name)
    if (known?.source === source) return known
    known?.folds?.close()
    const created = start(source, emit, now)
    if (signal.aborted) created.folds?.close()
    running.set(source.name, created)
    return created
  }
  const end = () => {
    for (const { folds } of running.values()) folds?.close()
  }
  signal.addEventListener('abort', end, { once: true })

  return async (request, response, source) => {
    assertUsable(source)
    const delivery = createDelivery(request.headers, await readBody(request), now())
    assertProven(delivery, source)
    checkType(delivery, source)
    const { limit, folds } = runningOf(source)
    const wait = limit?.take()
    if (wait) throw limited(source, wait.retryAfter)
    const challenge = source.scheme.challenge?.(delivery.body())
    if (challenge !== undefined) return sendText(response, 200, challenge)

    const view = createView(delivery, source.scheme, source.settings)
    const event = toEvent(request, delivery, view, source)
    if (event === undefined) return sendJson(response, 202, { ok: true, filtered: true })
    const key = folds && source.coalesce ? cut(source.coalesce.key.render(view).trim(), KEY_UNITS) : undefined
    const stored = folds && key !== undefined ? await folds.add(key, event) : { ...(await emit(event)), folded: 1 }
    sendJson(response, 202, {
      ok: true,
      event_id: stored.eventId,
      ...(stored.duplicate ? { duplicate: true } : {}),
      ...(stored.folded > 1 ? { folded: stored.folded } : {}),
    })
  }
}

function start(source: Source, emit: Emit, now: () => number): Running {
  const { coalesce, limit } = source
  return {
    source,
    ...(limit === undefined ? {} : { limit: createRateLimit(limit.perMinute, now) }),
    ...(coalesce === undefined ? {} : { folds: createFolds({ ...coalesce, emit }) }),
  }
}

/** `undefined` where the filter, or a template that renders nothing, leaves the delivery out. */
function toEvent(request: IncomingMessage, delivery: Delivery, view: View, source: Source): OutgoingEvent | undefined {
  const { scheme, filter, template, meta } = source
  if (filter && !filter(view)) return undefined
  const content = template ? template.render(view).trim() : delivery.content()
  if (content.trim() === '') {
    if (template) return undefined
    throw emptyBody()
  }
  const kind = cut(scheme.event(delivery, () => quietBody(delivery)) ?? '', EVENT_UNITS)
  const deliveryId = toDeliveryId(
    source.name,
    scheme.deliveryId(delivery, () => quietBody(delivery)),
  )
  const mapped = meta.flatMap(({ key, read }) => {
    const value = read(view)
    return value === undefined ? [] : [[key, value] as const]
  })
  return {
    content,
    meta: {
      // Nobody proves the query string, so that it is passed on only where nothing is proven.
      path: scheme.signed ? source.path : (request.url ?? source.path),
      method: 'POST',
      name: source.name,
      verified: scheme.signed ? scheme.name : 'no',
      ...(kind === undefined ? {} : { event: kind }),
      ...Object.fromEntries(mapped),
      ...(source.session === undefined ? {} : { [SESSION_KEY]: source.session }),
    },
    ...(deliveryId === undefined ? {} : { deliveryId }),
  }
}

/** A scheme looks into the body for an id; where that is no JSON, there is none. */
function quietBody(delivery: Delivery): unknown {
  try {
    return delivery.body()
  } catch (thrown) {
    if (thrown instanceof RequestError && !delivery.headers['content-type']?.includes('json')) return undefined
    throw thrown
  }
}

function checkType(delivery: Delivery, { name, scheme: { types, sender } }: Source): void {
  const type = mediaType(delivery)
  if (types === undefined || type === '' || types.includes(type)) return
  throw new RequestError(415, 'request-invalid', `The body is ${type}, but ${sender} sends ${types.join(' or ')}.`, {
    hint: `Send that, or give the source "${name}" another scheme.`,
  })
}

function limited({ name, limit }: Source, retryAfter: number): RequestError {
  const message = `The source "${name}" takes ${limit?.perMinute} deliveries a minute, and more have come.`
  return new RequestError(429, 'rate-limited', message, {
    hint: `Try again in ${retryAfter} ${retryAfter === 1 ? 'second' : 'seconds'}.`,
    headers: { 'retry-after': String(retryAfter) },
  })
}
