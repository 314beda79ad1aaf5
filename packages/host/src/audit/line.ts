/** A line of the audit trail: JSON with its number and the hash of the line before it. */
import { createHash } from 'node:crypto'
import { isRecord } from '@backchannel/protocol'

/** Where the chain stands: the number of the last line of a file, and the SHA-256 of its bytes without the line break. */
export interface Position {
  readonly seq: number
  readonly hash: string
}

/** What the first line of all continues. */
export const NO_HASH: string = '0'.repeat(64)

/** What every line has. */
export interface Line {
  /** Counts from 0 in each file. */
  readonly seq: number
  /** The hash of the line before; of a first line, that of the first line of the file before. */
  readonly prev: string
  readonly kind: string
  readonly [key: string]: unknown
}

/** The first line of a file. */
export interface Opening {
  readonly kind: 'opened'
  /** ISO 8601. */
  readonly at: string
  /** The file's own, as in its name. */
  readonly number: number
  readonly session: string
  readonly project: string
  readonly pid: number
  readonly version: string
  /** The file that this session filled before. */
  readonly continues?: number
  /** Files that retention has removed, up to now: `1-57,59-130`, or empty. */
  readonly retired: string
}

/** @param tail members that are JSON already, each after a comma */
export function renderLine(seq: number, prev: string, body: object, tail = ''): string {
  return `${JSON.stringify({ seq, prev, ...body }).slice(0, -1)}${tail}}`
}

export function hashLine(line: string | Uint8Array): string {
  return createHash('sha256').update(line).digest('hex')
}

/** @returns `undefined` for what is no line of a trail */
export function parseLine(text: string): Line | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isRecord(value)) return undefined
  const { seq, prev, kind } = value
  const isLine = Number.isSafeInteger(seq) && typeof prev === 'string' && typeof kind === 'string'
  return isLine ? (value as unknown as Line) : undefined
}

export function isOpening(line: Line): line is Line & Opening {
  const { at, number, session, project, pid, retired } = line
  return (
    line.kind === 'opened' &&
    [at, session, project, retired].every((value) => typeof value === 'string') &&
    [number, pid].every((value) => Number.isSafeInteger(value))
  )
}
