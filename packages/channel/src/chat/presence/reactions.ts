/** Which reaction a message gets at which point of its way; from `access.json`, so that an operator can change it. */
import { isRecord } from '@backchannel/protocol'
import type { AccessFile } from '../../access/access-file.ts'
import type { PlatformLimits } from '../platform/limits.ts'

/** `received`: stored here. The others are what a host with receipts says. */
export type Point = 'received' | 'started' | 'completed' | 'failed'

/**
 * `receiptReactions: { "started": "👀", "completed": "👍" }` where it is there; `ackReaction` is the official key for
 * `received`.
 */
export function reactionAt(point: Point, file: AccessFile | undefined): string | undefined {
  const own = file && Object.hasOwn(file.raw, 'receiptReactions') ? file.raw['receiptReactions'] : undefined
  const chosen = isRecord(own) && Object.hasOwn(own, point) ? own[point] : undefined
  if (typeof chosen === 'string' && chosen !== '') return chosen
  return point === 'received' ? file?.ackReaction : undefined
}

/** The first of these that the platform knows. */
export function firstKnown(wanted: readonly string[], known: PlatformLimits['reactions']): string | undefined {
  if (known === 'none') return undefined
  return known === 'any' ? wanted[0] : wanted.find((emoji) => known.includes(emoji))
}
