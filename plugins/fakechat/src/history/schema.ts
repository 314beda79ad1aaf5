/** The table of a history. A change here is a new version with a step from the one before. */
import type { DatabaseSync } from 'node:sqlite'

export const SCHEMA_VERSION = 1

/**
 * `seq` is made of the time, see `createSequence`: the table is in the order of what was said, with no index for it. The
 * short columns come first: what is read of a row without its text never touches the pages of a long one.
 */
const TABLES = `
CREATE TABLE messages (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  sender TEXT NOT NULL,
  ts INTEGER NOT NULL,
  units INTEGER NOT NULL,
  edited INTEGER NOT NULL,
  state TEXT,
  reason TEXT,
  reply_to TEXT,
  files TEXT,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX messages_with_files ON messages (seq) WHERE files IS NOT NULL;
`

/** Brings a database to {@link SCHEMA_VERSION}; throws for one that a newer version has written. */
export function migrate(database: DatabaseSync): void {
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  if (version === SCHEMA_VERSION) return
  if (version > SCHEMA_VERSION) {
    throw new Error(`a newer version wrote it (schema ${version}; ${SCHEMA_VERSION} is known here)`)
  }
  database.exec(`BEGIN IMMEDIATE;${TABLES}PRAGMA user_version = ${SCHEMA_VERSION};COMMIT`)
}
