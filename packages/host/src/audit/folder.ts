/** What lies in the folder of the audit trail: one numbered file after another, their heads, and what is being written. */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { SLOT_BYTES } from './heads.ts'
import { hashLine, isOpening, type Opening, parseLine } from './line.ts'
import { isIn, parseRanges } from './ranges.ts'

export const HEADS = 'heads'
/** A first line on its way to become a file. */
export const OPENING_PREFIX = '.opening-'
const NAME = /^(\d{6,10})\.jsonl$/
/** No opening line comes near it. */
const LONGEST_OPENING = 65_536

export function fileName(number: number): string {
  return `${String(number).padStart(6, '0')}.jsonl`
}

/** @returns `undefined` for a name that no file of the trail has */
export function numberOf(name: string): number | undefined {
  const number = Number(NAME.exec(name)?.[1] ?? 0)
  return number > 0 && fileName(number) === name ? number : undefined
}

export interface FolderReading {
  readonly names: readonly string[]
  /** Of the files that are there, in order. */
  readonly numbers: readonly number[]
  /** How many slots the heads have room for. */
  readonly slots: number
}

/** @throws the error of the system */
export function readFolder(folder: string): FolderReading {
  // Before the names: a file that is made meanwhile is then one more, and not one that is missing.
  const size = statSync(join(folder, HEADS), { throwIfNoEntry: false })?.size ?? 0
  const names = readdirSync(folder)
  const numbers = names.flatMap((name) => numberOf(name) ?? []).sort((one, other) => one - other)
  return { names, numbers, slots: Math.ceil(size / SLOT_BYTES) }
}

/** @returns the first line of a file with its hash, or `undefined` where it cannot be read */
export function readOpening(folder: string, number: number): (Opening & { readonly hash: string }) | undefined {
  let handle: number
  try {
    handle = openSync(join(folder, fileName(number)), 'r')
  } catch {
    return undefined
  }
  try {
    const bytes = Buffer.alloc(LONGEST_OPENING)
    const count = readSync(handle, bytes, 0, bytes.length, 0)
    const end = bytes.subarray(0, count).indexOf(0x0a)
    const line = end < 0 ? undefined : parseLine(bytes.toString('utf8', 0, end))
    return line && isOpening(line) ? { ...line, hash: hashLine(bytes.subarray(0, end)) } : undefined
  } finally {
    closeSync(handle)
  }
}

/**
 * The number after every one that is or was there, as far as that can be seen.
 * @param known one that was given out, whatever has become of its file
 */
export function nextNumber({ numbers, slots }: FolderReading, retired: string, known = 0): number {
  const last = parseRanges(retired).at(-1)?.[1] ?? 0
  return Math.max(numbers.at(-1) ?? 0, slots, last, known) + 1
}

/** What is neither there nor removed by retention, though a later number was given out. */
export function missingNumbers({ numbers, slots }: FolderReading, retired: string): readonly number[] {
  const ranges = parseRanges(retired)
  const there = new Set(numbers)
  const missing: number[] = []
  for (let number = 1; number < nextNumber({ names: [], numbers, slots }, retired); number += 1)
    if (!there.has(number) && !isIn(ranges, number)) missing.push(number)
  return missing
}
