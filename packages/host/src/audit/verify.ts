/** `backchannel audit verify`: whether the trail is what the sessions wrote, all of it and in that order. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BackchannelError } from '@backchannel/protocol'
import { errorCode } from '../json/read.ts'
import { type FolderReading, fileName, HEADS, missingNumbers, readFolder } from './folder.ts'
import { slotOf } from './heads.ts'
import { addToRanges, parseRanges, type Range, renderRanges } from './ranges.ts'
import { type FileReading, type Finding, KEEP_EVIDENCE, verifyFile } from './verify-file.ts'

export interface Verification {
  readonly folder: string
  readonly ok: boolean
  readonly files: number
  readonly decisions: number
  /** Numbers of the files that retention has removed: `1-57`, or empty. */
  readonly retired: string
  readonly problems: readonly Finding[]
  /** What is to be seen, and no sign of a change: a line that a killed session did not finish. */
  readonly notes: readonly Finding[]
}

/** A session that starts meanwhile may remove old files; then it is looked at again. */
const MOST_LOOKS = 5

/** @throws BackchannelError `file-unreadable` for a folder or file that this user may not read */
export function verifyTrail(folder: string): Verification {
  for (let looks = 1; ; looks += 1) {
    const before = list(folder)
    const found = verifyOnce(folder, before)
    const after = list(folder)
    const isStill = before.numbers.join() === after.numbers.join() && before.slots === after.slots
    if (found.ok || isStill || looks >= MOST_LOOKS) return found
  }
}

function verifyOnce(folder: string, reading: FolderReading): Verification {
  const problems: Finding[] = []
  const notes: Finding[] = []
  const files = new Map<number, FileReading>()
  for (const number of reading.numbers) {
    const headsBefore = readHeads(folder)
    const bytes = read(join(folder, fileName(number)))
    const headsAfter = readHeads(folder)
    if (bytes === undefined) continue
    files.set(number, verifyFile({ number, bytes, heads: [slotOf(headsBefore, number), slotOf(headsAfter, number)] }))
  }
  let retired: readonly Range[] = []
  for (const [number, file] of files) {
    problems.push(...file.problems)
    notes.push(...file.notes)
    for (const range of parseRanges(file.opening?.retired ?? '')) retired = addToRanges([...retired, range], [])
    const before = files.get(number - 1)
    if (file.problems.length === 0 && before !== undefined && file.opening?.prev !== before.hash)
      problems.push({
        file: fileName(number),
        line: 1,
        problem: `it does not continue ${fileName(number - 1)}: the first line of one of the two was changed`,
        hint: KEEP_EVIDENCE,
      })
  }
  const numbers = [...files.keys()]
  const missing = addToRanges([], missingNumbers({ ...reading, numbers }, renderRanges(retired)))
  for (const [first, last] of missing) {
    const problem = first === last ? 'the file is missing' : `all files from here to ${fileName(last)} are missing`
    problems.push({ file: fileName(first), problem, hint: KEEP_EVIDENCE })
  }
  const decisions = [...files.values()].reduce((sum, file) => sum + file.decisions, 0)
  const ok = problems.length === 0
  return { folder, ok, files: files.size, decisions, retired: renderRanges(retired), problems, notes }
}

function list(folder: string): FolderReading {
  try {
    return readFolder(folder)
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return { names: [], numbers: [], slots: 0 }
    throw unreadable(folder, thrown)
  }
}

function readHeads(folder: string): Uint8Array {
  return read(join(folder, HEADS)) ?? new Uint8Array()
}

function read(file: string): Uint8Array | undefined {
  try {
    return readFileSync(file)
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return undefined
    throw unreadable(file, thrown)
  }
}

function unreadable(path: string, cause: unknown): BackchannelError {
  return new BackchannelError('file-unreadable', `${path} cannot be read (${errorCode(cause)}).`, {
    hint: 'Run this as the user whose sessions wrote it.',
    cause,
  })
}
