/**
 * The file `heads`: for each file of the trail where it ends, in a slot of its own that only its session writes, so that
 * lines that are missing at an end are noticed, and no two sessions ever write the same bytes.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { NO_HASH, type Position } from './line.ts'

/** `closed`: the session, or this part of it, has ended in order. */
export interface Head extends Position {
  readonly state: 'open' | 'closed'
}

const FORM = /^(\d{10}) (\d{10}) ([0-9a-f]{64}) (open {2}|closed)\n$/
/** Bytes of a slot; the first is that of file 1. */
export const SLOT_BYTES: number = renderSlot(1, { seq: 0, hash: NO_HASH, state: 'open' }).length

function renderSlot(number: number, { seq, hash, state }: Head): string {
  return `${String(number).padStart(10, '0')} ${String(seq).padStart(10, '0')} ${hash} ${state.padEnd(6)}\n`
}

/** @param handle of `heads`, open for writing */
export function writeHead(handle: number, number: number, head: Head): void {
  const slot = Buffer.from(renderSlot(number, head))
  const written = writeSync(handle, slot, 0, slot.length, (number - 1) * SLOT_BYTES)
  if (written < slot.length) throw Object.assign(new Error('the slot was written in part'), { code: 'ENOSPC' })
}

/** `undefined` where nothing was written yet; `damaged` for anything else that is no head of this file. */
export type SlotReading = Head | 'damaged' | undefined

export function parseSlot(slot: Uint8Array, number: number): SlotReading {
  // What was never written between two slots reads as zeros.
  if (slot.every((byte) => byte === 0)) return undefined
  const [, own, seq, hash, state] = FORM.exec(Buffer.from(slot).toString('latin1')) ?? []
  if (Number(own) !== number || hash === undefined || state === undefined) return 'damaged'
  return { seq: Number(seq), hash, state: state.trim() as Head['state'] }
}

/** @param heads all of the file */
export function slotOf(heads: Uint8Array, number: number): SlotReading {
  return parseSlot(heads.subarray((number - 1) * SLOT_BYTES, number * SLOT_BYTES), number)
}

/** One slot of a file that may be long. */
export function readSlot(file: string, number: number): SlotReading {
  let handle: number
  try {
    handle = openSync(file, 'r')
  } catch {
    return undefined
  }
  try {
    const bytes = Buffer.alloc(SLOT_BYTES)
    const count = readSync(handle, bytes, 0, SLOT_BYTES, (number - 1) * SLOT_BYTES)
    return parseSlot(bytes.subarray(0, count), number)
  } finally {
    closeSync(handle)
  }
}
