/** One file of the trail, line by line: each has its number, and the hash of the one before. */

import { fileName } from './folder.ts'
import type { SlotReading } from './heads.ts'
import { hashLine, isOpening, type Line, NO_HASH, type Opening, parseLine } from './line.ts'

export interface Finding {
  readonly file: string
  /** Counts from 1, as editors do. */
  readonly line?: number
  readonly problem: string
  readonly hint: string
}

export interface FileReading {
  readonly opening: (Line & Opening) | undefined
  /** Of its first line. */
  readonly hash: string
  readonly decisions: number
  readonly problems: readonly Finding[]
  readonly notes: readonly Finding[]
}

export interface FileToVerify {
  readonly number: number
  readonly bytes: Uint8Array
  /** The head, read before the file and after it: a session may be writing. */
  readonly heads: readonly [before: SlotReading, after: SlotReading]
}

export const KEEP_EVIDENCE =
  'Somebody or something changed the trail. Keep a copy of the folder, find out who could write there, then move it away: the next session starts a new trail.'
const TORN =
  'The session was killed, or the machine stopped, in the middle of writing; that decision never took effect. Nothing to do.'

export function verifyFile({ number, bytes, heads }: FileToVerify): FileReading {
  const file = fileName(number)
  const problems: Finding[] = []
  const notes: Finding[] = []
  const hashes: string[] = []
  let opening: (Line & Opening) | undefined
  let decisions = 0
  const { lines, rest } = split(bytes)
  const broken = (line: number | undefined, problem: string) => {
    problems.push({ file, ...(line === undefined ? {} : { line }), problem, hint: KEEP_EVIDENCE })
  }
  for (const [at, bytesOfLine] of lines.entries()) {
    const line = parseLine(decode(bytesOfLine))
    const problem = line ? checkLine(line, at, hashes.at(-1)) : 'it is no line of an audit trail'
    if (line === undefined || problem !== undefined) {
      broken(at + 1, problem ?? '')
      break
    }
    if (at === 0 && isOpening(line)) opening = line
    if (line.kind === 'decision') decisions += 1
    hashes.push(hashLine(bytesOfLine))
  }
  if (problems.length === 0) {
    if (lines.length === 0) broken(undefined, 'it has no whole line')
    else if (opening === undefined) broken(1, 'its first line does not say which session it belongs to')
    else if (opening.number !== number) broken(1, `it says that it is ${fileName(opening.number)}`)
    const atEnd = checkEnd(hashes, heads)
    if (problems.length > 0) return { opening, hash: hashes[0] ?? NO_HASH, decisions, problems, notes }
    if (atEnd !== undefined) broken(hashes.length + (rest > 0 ? 1 : 0), atEnd)
    else if (rest > 0 && isClosed(heads[0])) broken(lines.length + 1, 'after its last line something was added')
    else if (rest > 0)
      notes.push({ file, line: lines.length + 1, problem: 'the last line is not finished', hint: TORN })
  }
  return { opening, hash: hashes[0] ?? NO_HASH, decisions, problems, notes }
}

function checkLine(line: Line, at: number, before: string | undefined): string | undefined {
  if (line.seq !== at)
    return `number ${line.seq} stands where ${at} is expected: lines were removed, added, repeated or moved`
  if (before !== undefined && line.prev !== before)
    return `it does not continue line ${at}: one of the two was changed, or lines between them were replaced`
  return undefined
}

/** The end must be what the head says; a session that was killed may be one line ahead of its head. */
function checkEnd(hashes: readonly string[], [before, after]: FileToVerify['heads']): string | undefined {
  const last = hashes.length - 1
  if (before === 'damaged' || after === 'damaged')
    return 'the file "heads" does not say where it ends: that place in it is damaged'
  if (before === undefined && after === undefined && last > 0)
    return 'the file "heads" does not know it: either that file was cut or replaced, or lines were added here'
  if (before !== undefined && before.seq > last)
    return `it ends with number ${last}, and must go on to ${before.seq}: the end was cut off`
  const most = (after?.seq ?? -1) + (isClosed(after) ? 0 : 1)
  if (last > most) return `it must end with number ${after?.seq}: lines were added`
  const isOther = [before, after].some(
    (head) => head !== undefined && head.seq <= last && hashes[head.seq] !== head.hash,
  )
  return isOther ? 'its end is not the one that was written: the last lines were changed' : undefined
}

function isClosed(head: SlotReading): boolean {
  return head !== undefined && head !== 'damaged' && head.state === 'closed'
}

/** Whole lines, and how many bytes follow the last of them. */
function split(bytes: Uint8Array): { readonly lines: readonly Uint8Array[]; readonly rest: number } {
  const lines: Uint8Array[] = []
  let start = 0
  for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
    lines.push(bytes.subarray(start, end))
    start = end + 1
  }
  return { lines, rest: bytes.length - start }
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}
