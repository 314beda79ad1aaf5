/** Why the Messages database can't be read, in words that say what to do: most of it mends itself, a missing grant does not. */
import { closeSync, openSync } from 'node:fs'
import { isDamaged, SQLITE, sqliteCode } from '@backchannel/channel/database'
import { GRANT_DISK } from '../permissions.ts'

export type ProblemKind = 'denied' | 'missing' | 'locked' | 'unusable'

export class DatabaseProblem extends Error {
  override readonly name = 'DatabaseProblem'
  readonly kind: ProblemKind

  constructor(kind: ProblemKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.kind = kind
  }
}

/** SQLite's codes for a file that may not be read, and for a table that somebody else has. */
const AUTH = 23
const LOCKED = 6

export function toProblem(path: string, thrown: unknown): DatabaseProblem {
  if (thrown instanceof DatabaseProblem) return thrown
  const code = sqliteCode(thrown)
  if (code === SQLITE.busy || code === LOCKED) {
    return new DatabaseProblem('locked', `${path} is locked by another program; it is tried again`, thrown)
  }
  const words = thrown instanceof Error ? thrown.message : String(thrown)
  if (code === SQLITE.cantOpen || code === AUTH || code === SQLITE.ioError || code === SQLITE.readOnly) {
    return readability(path) ?? new DatabaseProblem('unusable', `${path} can't be opened: ${words}`, thrown)
  }
  if (isDamaged(thrown) || code === SQLITE.error) {
    return new DatabaseProblem('unusable', `${path} is no Messages database now (${words}); it is tried again`, thrown)
  }
  return new DatabaseProblem('unusable', `${path} can't be read: ${words}`, thrown)
}

/** What the system says of the file itself; undefined where it can be read. */
export function readability(path: string): DatabaseProblem | undefined {
  try {
    closeSync(openSync(path, 'r'))
    return undefined
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code
    if (code === 'ENOENT') {
      const words = `there is no Messages database at ${path}: open Messages and sign in to iMessage`
      return new DatabaseProblem('missing', words, thrown)
    }
    return new DatabaseProblem('denied', `${path} may not be read (${code ?? 'unknown'}). ${GRANT_DISK}`, thrown)
  }
}
