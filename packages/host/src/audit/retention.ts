/** Which files go when a new one is opened: the oldest first, until number and size are within bounds. */
import { statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { isRunning } from '../processes/running.ts'
import { type FolderReading, fileName, HEADS, numberOf, OPENING_PREFIX, readOpening } from './folder.ts'
import { readSlot } from './heads.ts'
import { isIn, type Range } from './ranges.ts'

export interface Retention {
  /** Files that are kept, the new one included. */
  readonly files: number
  /** Bytes that all of them may have together. */
  readonly bytes: number
}

/** A file that was not closed is left alone for so long after its last line, and as long as its process lives. */
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** Reads sizes and, of what may go, who uses it. A session that runs keeps its file, however old. */
export function chooseRetired(
  folder: string,
  { numbers }: FolderReading,
  { files, bytes }: Retention,
  now: number,
): readonly number[] {
  const there = numbers.flatMap((number) => {
    const facts = statSync(join(folder, fileName(number)), { throwIfNoEntry: false })
    return facts ? [{ number, size: facts.size, writtenAt: facts.mtimeMs }] : []
  })
  let total = there.reduce((sum, { size }) => sum + size, 0)
  let count = there.length + 1
  const retired: number[] = []
  for (const { number, size, writtenAt } of there) {
    if (count <= files && total <= bytes) break
    if (isInUse(folder, number, now - writtenAt)) continue
    retired.push(number)
    total -= size
    count -= 1
  }
  return retired
}

/** Removes what the chain says is removed: files, and first lines that never became a file. Never throws. */
export function removeRetired(folder: string, { names }: FolderReading, ranges: readonly Range[], now: number): void {
  for (const name of names) {
    const number = numberOf(name)
    const goes = number === undefined ? isLeftOver(folder, name, now) : isIn(ranges, number)
    if (goes) remove(join(folder, name))
  }
}

function isLeftOver(folder: string, name: string, now: number): boolean {
  if (!name.startsWith(OPENING_PREFIX)) return false
  const facts = statSync(join(folder, name), { throwIfNoEntry: false })
  return facts !== undefined && now - facts.mtimeMs > HOUR_MS
}

function remove(file: string): void {
  try {
    unlinkSync(file)
  } catch {
    // Another session was faster, or the next one tries again.
  }
}

function isInUse(folder: string, number: number, restedMs: number): boolean {
  const head = readSlot(join(folder, HEADS), number)
  if (head !== undefined && head !== 'damaged' && head.state === 'closed') return false
  if (restedMs < DAY_MS) return true
  const pid = readOpening(folder, number)?.pid
  return pid !== undefined && isRunning(pid)
}
