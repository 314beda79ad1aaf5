/**
 * One file of the audit trail while its session writes it. Its number is taken by linking a whole first line to a name that
 * must not exist yet: of two sessions that start at once, the second chains to the first, and no lock is needed.
 */
import { randomUUID } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { type FolderReading, fileName, HEADS, nextNumber, OPENING_PREFIX, readFolder, readOpening } from './folder.ts'
import { writeHead } from './heads.ts'
import { hashLine, NO_HASH, type Opening, type Position, renderLine } from './line.ts'
import { addToRanges, parseRanges, renderRanges } from './ranges.ts'
import { chooseRetired, type Retention, removeRetired } from './retention.ts'

export interface SegmentOptions {
  readonly folder: string
  readonly session: string
  readonly project: string
  readonly version: string
  readonly continues?: number | undefined
  readonly retention: Retention
  readonly now: () => Date
}

export interface Segment {
  readonly number: number
  /** Bytes written so far. */
  readonly size: number
  /**
   * All of it is written, or nothing.
   * @param tail members that are JSON already, each after a comma
   * @throws the error of the system
   */
  append(body: object, tail?: string): void
  /** Writes a last line. Never throws; idempotent. */
  close(reason: string): void
}

/** Sessions that start at the very same time; each try follows one that another of them has won. */
const MOST_TRIES = 1_000

/** @throws the error of the system; then nothing is left behind */
export function openSegment(options: SegmentOptions): Segment {
  const { folder, now } = options
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (let tries = 1; ; tries += 1) {
    const reading = readFolder(folder)
    const opening = prepareOpening(options, reading)
    const file = join(folder, fileName(opening.number))
    const line = renderLine(0, opening.prev, opening.body)
    if (!create(folder, file, `${line}\n`)) {
      if (tries >= MOST_TRIES) throw new Error('no number was free')
      continue
    }
    removeRetired(folder, reading, parseRanges(opening.body.retired), now().getTime())
    return writeSegment(folder, file, opening.number, { seq: 0, hash: hashLine(line) }, now)
  }
}

function prepareOpening(
  { folder, session, project, version, continues, retention, now }: SegmentOptions,
  reading: FolderReading,
): { readonly number: number; readonly prev: string; readonly body: Opening } {
  const last = reading.numbers.at(-1)
  const before = last === undefined ? undefined : readOpening(folder, last)
  const known = before?.retired ?? ''
  const number = nextNumber(reading, known, continues)
  const at = now()
  const retired = renderRanges(addToRanges(parseRanges(known), chooseRetired(folder, reading, retention, at.getTime())))
  const more = continues === undefined ? {} : { continues }
  return {
    number,
    // Where the file before is gone, `verify` says so; the trail goes on.
    prev: before && last === number - 1 ? before.hash : NO_HASH,
    body: {
      kind: 'opened',
      at: at.toISOString(),
      number,
      session,
      project,
      pid: process.pid,
      version,
      ...more,
      retired,
    },
  }
}

/** @returns false where the name is taken */
function create(folder: string, file: string, text: string): boolean {
  const aside = join(folder, `${OPENING_PREFIX}${randomUUID()}`)
  try {
    writeFileSync(aside, text, { mode: 0o600, flag: 'wx' })
    linkSync(aside, file)
    return true
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw thrown
  } finally {
    try {
      unlinkSync(aside)
    } catch {
      // It was never written.
    }
  }
}

function writeSegment(folder: string, file: string, number: number, first: Position, now: () => Date): Segment {
  const handle = openSync(file, 'a')
  let heads: number | undefined
  let last = first
  let headSeq = -1
  let size = fstatSync(handle).size
  let closed = false

  const saveHead = (position: Position, state: 'open' | 'closed') => {
    heads ??= openSync(join(folder, HEADS), constants.O_RDWR | constants.O_CREAT, 0o600)
    writeHead(heads, number, { ...position, state })
    headSeq = position.seq
  }
  const write = (body: object, tail: string, state: 'open' | 'closed') => {
    // The head of the line before comes first, so that it is never more than one line behind.
    if (headSeq < last.seq) saveHead(last, 'open')
    const facts = fstatSync(handle)
    if (facts.nlink === 0) throw Object.assign(new Error(`${file} was removed`), { code: 'ENOENT' })
    const line = renderLine(last.seq + 1, last.hash, body, tail)
    const position = { seq: last.seq + 1, hash: hashLine(line) }
    const bytes = Buffer.from(`${line}\n`)
    try {
      const written = writeSync(handle, bytes)
      if (written < bytes.length) throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' })
      saveHead(position, state)
    } catch (thrown) {
      ftruncateSync(handle, facts.size)
      throw thrown
    }
    last = position
    size = facts.size + bytes.length
  }
  return {
    number,
    get size() {
      return size
    },
    append: (body, tail = '') => write(body, tail, 'open'),
    close(reason) {
      if (closed) return
      closed = true
      try {
        write({ kind: 'closed', at: now().toISOString(), reason }, '', 'closed')
      } catch {
        // What is there is whole; that the session has ended shows by its process.
      }
      closeSync(handle)
      if (heads !== undefined) closeSync(heads)
    },
  }
}
