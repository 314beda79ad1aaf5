/** Reads journals for the doctor: read-only, beside whoever writes them. */
import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { toError } from '@backchannel/protocol'
import { journalPath } from './open.ts'
import { type Owner, readOwner } from './owner.ts'
import { STATES } from './schema.ts'
import { slotNames } from './slot.ts'
import { openDatabase } from './sqlite.ts'

/** Times are ISO 8601, `null` where there was nothing yet. */
export interface JournalReport {
  readonly file: string
  /** The process that has it open, if it lives. */
  readonly holder: Owner | null
  /** Events by their last known state. */
  readonly counts: Readonly<Record<string, number>>
  /** Events that a session still has to complete. */
  readonly waiting: number
  readonly last_event: string | null
  readonly last_read: string | null
  readonly last_completed: string | null
  /** The last successful tool call of the agent. */
  readonly last_reply: string | null
  /** The newest events that ended badly, newest first. */
  readonly problems: readonly {
    readonly event_id: string
    readonly state: string
    readonly reason: string
    readonly at: string
  }[]
  /** Damaged journals that were put aside beside it. */
  readonly set_aside: readonly string[]
  /** Set where the file can't be read. */
  readonly error?: string
}

const PROBLEMS = 5

export function readJournals(directory: string): JournalReport[] {
  return [...slotNames()]
    .filter((name) => existsSync(journalPath(directory, name)))
    .map((name) => readJournal(journalPath(directory, name), readOwner(directory, name)))
}

function readJournal(file: string, holder: Owner | null): JournalReport {
  const aside = findSetAside(file)
  try {
    const database = openDatabase(file, { readOnly: true })
    try {
      return { file, holder, ...summarise(database), set_aside: aside }
    } finally {
      database.close()
    }
  } catch (thrown) {
    const nothing = {
      counts: {},
      waiting: 0,
      last_event: null,
      last_read: null,
      last_completed: null,
      last_reply: null,
    }
    return { file, holder, ...nothing, problems: [], set_aside: aside, error: toError(thrown).message }
  }
}

function summarise(database: DatabaseSync): Omit<JournalReport, 'file' | 'holder' | 'set_aside' | 'error'> {
  const latest = (sql: string): string | null => {
    const row = database.prepare(sql).get() as { at: number | null } | undefined
    return row?.at == null ? null : new Date(row.at).toISOString()
  }
  const counts = database.prepare('SELECT state, count(*) AS count FROM events GROUP BY state').all()
  const { waiting } = database.prepare('SELECT count(*) AS waiting FROM events WHERE closed_at IS NULL').get() as {
    waiting: number
  }
  const problems = database
    .prepare('SELECT event_id, state, reason, changed_at FROM events WHERE state >= 5 ORDER BY seq DESC LIMIT ?')
    .all(PROBLEMS) as { event_id: string; state: number; reason: string | null; changed_at: number }[]
  return {
    counts: Object.fromEntries(counts.map(({ state, count }) => [STATES[Number(state)] ?? 'unknown', Number(count)])),
    waiting,
    last_event: latest('SELECT stored_at AS at FROM events ORDER BY seq DESC LIMIT 1'),
    last_read: latest('SELECT max(changed_at) AS at FROM events WHERE state BETWEEN 2 AND 5'),
    last_completed: latest('SELECT max(changed_at) AS at FROM events WHERE state = 4'),
    last_reply: latest("SELECT at FROM facts WHERE name = 'reply'"),
    problems: problems.map(({ event_id, state, reason, changed_at }) => ({
      event_id,
      state: STATES[state] ?? 'unknown',
      reason: reason ?? 'unknown',
      at: new Date(changed_at).toISOString(),
    })),
  }
}

function findSetAside(file: string): string[] {
  const names = readdirSync(dirname(file)).filter((name) => name.startsWith(`${basename(file)}.damaged-`))
  return names.filter((name) => !/-(wal|shm)$/.test(name)).map((name) => join(dirname(file), name))
}
