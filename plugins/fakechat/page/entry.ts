/** A message as the page has it, and where one of the person is on its way. */
import type { FileLink, Message, MessageState } from '../src/wire.ts'

/** Where a message of the person is on its way. */
export type Delivery =
  /** Not sent yet; goes out by itself when the channel is there. */
  | { readonly kind: 'waiting' }
  /** `progress` from 0 to 1 while files are uploaded. */
  | { readonly kind: 'sending'; readonly progress?: number }
  /** Refused; only the person can decide to try again. */
  | { readonly kind: 'unsent'; readonly reason: string; readonly hint?: string }
  | { readonly kind: MessageState; readonly reason?: string }

export interface Entry {
  readonly id: string
  readonly from: 'user' | 'assistant'
  readonly text: string
  readonly ts: number
  readonly replyTo?: string
  readonly files: readonly FileLink[]
  readonly edited: boolean
  /** Of a message from the person. */
  readonly delivery?: Delivery
}

export function toEntry({ id, from, text, ts, replyTo, files = [], edited, state, reason }: Message): Entry {
  return {
    id,
    from,
    text,
    ts,
    files,
    edited: edited === true,
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(from === 'user' ? { delivery: toDelivery(state ?? 'sent', reason) } : {}),
  }
}

export function toDelivery(kind: MessageState, reason: string | undefined): Delivery {
  return reason === undefined ? { kind } : { kind, reason }
}

/** Only this page knows of it. */
export function isUnsent({ delivery }: Pick<Entry, 'delivery'>): boolean {
  const kind = delivery?.kind
  return kind === 'waiting' || kind === 'sending' || kind === 'unsent'
}

export function forgetProgress(entry: Entry): Entry {
  const kind = entry.delivery?.kind
  return kind === 'queued' || kind === 'started' ? { ...entry, delivery: { kind: 'sent' } } : entry
}

export function pickHint(hint: string | undefined): { hint?: string } {
  return hint === undefined ? {} : { hint }
}
