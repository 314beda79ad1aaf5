/**
 * Whether a write-ahead log that a killed process left can be read to its end. SQLite stops at the first damaged frame
 * without a word, since what follows might never have been finished; here it is told apart from that.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24
const MAGIC = 0x377f0682
/** Of every journal; what a damaged header says is not believed. */
const PAGE_BYTES = 4_096

export interface LeftLog {
  /** The number, from 1, of the last frame that ends a transaction. */
  readonly lastCommit: number
}

/** @returns nothing where there is no log, or none that holds a finished transaction */
export function readLeftLog(file: string): LeftLog | undefined {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return undefined
  }
  try {
    const header = Buffer.alloc(HEADER_BYTES)
    if (readSync(descriptor, header, 0, HEADER_BYTES, 0) < HEADER_BYTES) return undefined
    const isWhole = isHeader(header)
    const pageBytes = isWhole ? header.readUInt32BE(8) : PAGE_BYTES
    const count = Math.floor((fstatSync(descriptor).size - HEADER_BYTES) / (FRAME_HEADER_BYTES + pageBytes))
    const frame = Buffer.alloc(FRAME_HEADER_BYTES)
    let salts = isWhole ? header.subarray(16, 24) : undefined
    let lastCommit = 0
    for (let number = 1; number <= count; number += 1) {
      readSync(descriptor, frame, 0, FRAME_HEADER_BYTES, HEADER_BYTES + (number - 1) * (FRAME_HEADER_BYTES + pageBytes))
      // Frames of an earlier round, behind those of this one, bear other salts.
      salts ??= Buffer.from(frame.subarray(8, 16))
      if (frame.subarray(8, 16).equals(salts) && frame.readUInt32BE(4) !== 0) lastCommit = number
    }
    return lastCommit === 0 ? undefined : { lastCommit }
  } finally {
    closeSync(descriptor)
  }
}

/** By its magic number and its checksum, whose byte order is that of the machine that wrote it. */
function isHeader(header: Buffer): boolean {
  const magic = header.readUInt32BE(0)
  if (magic !== MAGIC && magic !== MAGIC + 1) return false
  const word = (at: number) => (magic === MAGIC ? header.readUInt32LE(at) : header.readUInt32BE(at))
  let [first, second] = [0, 0]
  for (let at = 0; at < 24; at += 8) {
    first = (first + word(at) + second) >>> 0
    second = (second + word(at + 4) + first) >>> 0
  }
  return first === header.readUInt32BE(24) && second === header.readUInt32BE(28)
}
