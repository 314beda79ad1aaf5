/** The tables of a journal. A change here is a new version with a step from the one before. */
import type { DatabaseSync } from 'node:sqlite'
import { BackchannelError } from '@backchannel/protocol'

export const SCHEMA_VERSION = 2

/** What is known of an event, in order. A later state never gives way to an earlier one. */
export const STATES = ['stored', 'offered', 'read', 'started', 'completed', 'failed', 'dropped'] as const
export type EventState = (typeof STATES)[number]

export function stateNumber(state: EventState): number {
  return STATES.indexOf(state)
}

/**
 * `closed_at` is set once nothing more is to be done for an event; the partial index keeps the cost of the open ones
 * flat, however many closed ones are kept. Each further index would be one more page to write for every event.
 */
const TABLES = `
CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  event_id TEXT NOT NULL UNIQUE,
  delivery_id TEXT,
  content TEXT NOT NULL,
  meta TEXT NOT NULL,
  state INTEGER NOT NULL,
  reason TEXT,
  stored_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  closed_at INTEGER
) STRICT;
CREATE TABLE facts (name TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX events_by_delivery ON events (delivery_id) WHERE delivery_id IS NOT NULL;
CREATE INDEX events_open ON events (seq) WHERE closed_at IS NULL;
`
/**
 * What brings a database of the version before to that of its place in the list. The first files of version 1 had no
 * `facts`.
 */
const STEPS: readonly string[] = [
  '',
  '',
  `DROP INDEX IF EXISTS events_closed;
   CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;`,
]

/** Brings a database to {@link SCHEMA_VERSION}. */
export function migrate(database: DatabaseSync): void {
  const version = versionOf(database)
  if (version === SCHEMA_VERSION) return
  const steps = version === 0 ? TABLES : STEPS.slice(version + 1).join('')
  database.exec(`BEGIN IMMEDIATE;${steps}PRAGMA user_version = ${SCHEMA_VERSION};COMMIT`)
}

/**
 * @returns the version, 0 for an empty file
 * @throws BackchannelError `journal-unavailable` for a database that a newer version has written
 */
export function assertKnownVersion(database: DatabaseSync, file: string): number {
  const version = versionOf(database)
  if (version <= SCHEMA_VERSION) return version
  throw new BackchannelError(
    'journal-unavailable',
    `A newer version wrote the journal ${file} (schema ${version}; ${SCHEMA_VERSION} is known here).`,
    { hint: 'Update this channel, or give it another state directory. The file was left as it is.' },
  )
}

function versionOf(database: DatabaseSync): number {
  return (database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version
}
