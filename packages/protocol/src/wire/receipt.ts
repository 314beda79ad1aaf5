/** Registration and receipts (contract 8): what the host tells a channel about itself and about each event. */
import * as v from 'valibot'
import { type Read, read } from './read.ts'

export type RegistrationState = 'registered' | 'refused'
export interface Registration {
  readonly state: RegistrationState
  /** Of a refusal; one of the refusal reasons. */
  readonly reason?: string
  /** The name the session gives the channel. */
  readonly source: string
}

export type ReceiptState = 'queued' | 'started' | 'completed' | 'failed' | 'dropped'
export interface Receipt {
  readonly eventId: string
  readonly state: ReceiptState
  readonly reason?: string
}

const registrationSchema = v.looseObject({
  state: v.picklist(['registered', 'refused']),
  reason: v.nullish(v.string()),
  source: v.string(),
})
const receiptSchema = v.looseObject({
  event_id: v.string(),
  state: v.picklist(['queued', 'started', 'completed', 'failed', 'dropped']),
  reason: v.nullish(v.string()),
})

export function parseRegistration(params: unknown): Read<Registration> {
  const result = read(registrationSchema, params)
  if (!result.ok) return result
  const { state, reason, source } = result.value
  return { ok: true, value: { state, source, ...(reason ? { reason } : {}) } }
}

export function renderRegistration(registration: Registration): Record<string, unknown> {
  return {
    state: registration.state,
    ...(registration.reason === undefined ? {} : { reason: registration.reason }),
    source: registration.source,
  }
}

export function parseReceipt(params: unknown): Read<Receipt> {
  const result = read(receiptSchema, params)
  if (!result.ok) return result
  const { event_id, state, reason } = result.value
  return {
    ok: true,
    value: { eventId: event_id, state, ...(reason ? { reason } : {}) },
  }
}

export function renderReceipt(receipt: Receipt): Record<string, unknown> {
  return {
    event_id: receipt.eventId,
    state: receipt.state,
    ...(receipt.reason === undefined ? {} : { reason: receipt.reason }),
  }
}
