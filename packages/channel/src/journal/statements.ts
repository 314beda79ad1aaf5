/**
 * Every statement that a running journal repeats, in one place, so that a test can ask SQLite how it would go about each:
 * none may walk over the events that are kept.
 */
export const STATEMENTS: Readonly<Record<StatementName, string>> = {
  insert:
    'INSERT INTO events (event_id, delivery_id, content, meta, state, stored_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  byDelivery: 'SELECT * FROM events WHERE delivery_id = ?',
  byId: 'SELECT * FROM events WHERE event_id = ?',
  update:
    'UPDATE events SET state = ?1, reason = ?2, changed_at = ?3, closed_at = CASE WHEN ?4 THEN ?3 END WHERE event_id = ?5 AND closed_at IS NULL AND (state < ?1 OR ?4)',
  // By its index: what is open is little, what lies between the numbers may be everything.
  read: 'UPDATE events INDEXED BY events_open SET state = ?3, reason = NULL, changed_at = ?4, closed_at = ?4 WHERE closed_at IS NULL AND seq BETWEEN ?1 AND ?2',
  fact: 'INSERT INTO facts VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET at = ?2',
  openAfter: 'SELECT * FROM events WHERE closed_at IS NULL AND seq > ? ORDER BY seq LIMIT ?',
  openCount: 'SELECT count(*) AS count FROM events WHERE closed_at IS NULL',
  openCountAfter: 'SELECT count(*) AS count FROM events WHERE closed_at IS NULL AND seq > ?',
  sentBetween: 'SELECT * FROM events WHERE seq > ? AND seq <= ? AND state <= 2 ORDER BY seq LIMIT ?',
  sentCount: 'SELECT count(*) AS count FROM events WHERE seq > ? AND seq <= ? AND state <= 2',
  bounds:
    'SELECT (SELECT seq FROM events WHERE seq > ? ORDER BY seq LIMIT 1) AS first, (SELECT max(seq) FROM events) AS last',
  remove: 'DELETE FROM events WHERE seq BETWEEN ? AND ? AND closed_at IS NOT NULL',
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
}

export type StatementName =
  | 'insert'
  | 'byDelivery'
  | 'byId'
  | 'update'
  | 'read'
  | 'fact'
  | 'openAfter'
  | 'openCount'
  | 'openCountAfter'
  | 'sentBetween'
  | 'sentCount'
  | 'bounds'
  | 'remove'
  | 'begin'
  | 'commit'
