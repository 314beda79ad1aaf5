/** A message that was stored before it became an event, as it is kept: its pictures are being fetched, or its album collected. */
import { isRecord } from '@backchannel/protocol'
import type { InboundMessage } from '../platform/inbound.ts'

/** The kind of its task. */
export const RECEIVE = 'receive'

export function taskIdOf({ deliveryId }: InboundMessage): string {
  return `receive:${deliveryId}`
}

/** What a journal holds was checked when it was stored; its file may have been damaged since. */
export function readStaged(payload: unknown): InboundMessage | undefined {
  if (!isRecord(payload)) return undefined
  const { deliveryId, chat, id, text, ts, attachments } = payload
  const isWhole =
    typeof deliveryId === 'string' &&
    isRecord(chat) &&
    typeof chat['id'] === 'string' &&
    typeof id === 'string' &&
    typeof text === 'string' &&
    Number.isFinite(ts) &&
    Array.isArray(attachments) &&
    attachments.every((one) => isRecord(one) && typeof one['fileId'] === 'string')
  return isWhole ? (payload as unknown as InboundMessage) : undefined
}
