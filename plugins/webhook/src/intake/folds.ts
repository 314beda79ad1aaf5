/** Bursts folded into one event: what comes with the same key within a window is told once, the newest of it. */
import { createHash } from 'node:crypto'
import type { Emit, Emitted, OutgoingEvent } from '@backchannel/channel'

export interface Folded extends Emitted {
  /** How many deliveries the event stands for. */
  readonly folded: number
}

export interface Folds {
  /**
   * Resolves once the event that stands for this one is stored, hence up to a window later. The event is the newest
   * delivery's, with `folded="N"` where it stands for several.
   */
  add(key: string, event: OutgoingEvent): Promise<Folded>
  /** Emits what is open, at once. Idempotent; what is added later is emitted on its own. */
  close(): void
}

export interface FoldOptions {
  readonly windowMs: number
  readonly max: number
  readonly emit: Emit
}

interface Fold {
  newest: OutgoingEvent
  count: number
  readonly deliveryIds: Set<string>
  readonly timer: NodeJS.Timeout
  readonly done: PromiseWithResolvers<Folded>
}

/** Keys that may be open at once; further ones are not folded. */
const MOST_OPEN = 1000
/** Deliveries that are remembered as part of an event, so that one sent again is known while the channel runs. */
const MOST_REMEMBERED = 10_000

export function createFolds({ windowMs, max, emit }: FoldOptions): Folds {
  const open = new Map<string, Fold>()
  const remembered = new Map<string, Folded>()
  let closed = false

  const remember = ({ deliveryIds }: Fold, stored: Folded) => {
    for (const id of deliveryIds) remembered.set(id, stored)
    for (const id of remembered.keys()) {
      if (remembered.size <= MOST_REMEMBERED) break
      remembered.delete(id)
    }
  }
  const finish = (key: string, fold: Fold) => {
    open.delete(key)
    clearTimeout(fold.timer)
    emit(render(fold)).then(
      (emitted) => {
        const stored = { ...emitted, folded: fold.count }
        remember(fold, stored)
        fold.done.resolve(stored)
      },
      (thrown: unknown) => fold.done.reject(thrown),
    )
  }
  const begin = (key: string, event: OutgoingEvent): Fold => {
    const fold: Fold = {
      newest: event,
      count: 0,
      deliveryIds: new Set(),
      timer: setTimeout(() => finish(key, fold), windowMs),
      done: Promise.withResolvers<Folded>(),
    }
    open.set(key, fold)
    return fold
  }

  return {
    async add(key, event) {
      const { deliveryId } = event
      const earlier = deliveryId === undefined ? undefined : remembered.get(deliveryId)
      if (earlier) return { ...earlier, duplicate: true }
      const known = open.get(key)
      if (closed || (known === undefined && open.size >= MOST_OPEN)) return { ...(await emit(event)), folded: 1 }
      if (deliveryId !== undefined && known?.deliveryIds.has(deliveryId)) {
        return { ...(await known.done.promise), duplicate: true }
      }
      const fold = known ?? begin(key, event)
      fold.newest = event
      fold.count += 1
      if (deliveryId !== undefined) fold.deliveryIds.add(deliveryId)
      if (fold.count >= max) finish(key, fold)
      return fold.done.promise
    },
    close() {
      closed = true
      for (const [key, fold] of open) finish(key, fold)
    },
  }
}

/** Several deliveries are one only together: the newest's id alone would let the others be lost as a repeat of it. */
function render({ newest, count, deliveryIds }: Fold): OutgoingEvent {
  if (count === 1) return newest
  const { deliveryId: _, ...event } = newest
  const ids = createHash('sha256')
    .update(JSON.stringify([...deliveryIds].sort()))
    .digest('base64url')
  return {
    ...event,
    meta: { ...event.meta, folded: String(count) },
    ...(deliveryIds.size === 0 ? {} : { deliveryId: `folded ${ids}` }),
  }
}
