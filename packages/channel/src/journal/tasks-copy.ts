/** Takes the tasks of another journal over, as far as they can be read; that journal is only read. */
import type { DatabaseSync } from 'node:sqlite'
import { isDamaged, isOtherDatabase, openDatabase } from './sqlite.ts'
import { TASKS_TABLE } from './tasks.ts'

const COLUMNS = 'task_id, kind, payload, stored_at, closed_at'
const NAMES = COLUMNS.split(', ')

/** @returns how many are open. A journal without tasks, or one whose tasks can't be read, gives none. */
export function copyTasks(from: string, into: DatabaseSync): number {
  const rows = readRows(from)
  if (rows.length === 0) return 0
  into.exec(TASKS_TABLE)
  const insert = into.prepare(`INSERT OR IGNORE INTO tasks (${COLUMNS}) VALUES (?, ?, ?, ?, ?)`)
  let open = 0
  into.exec('BEGIN IMMEDIATE')
  try {
    for (const row of rows) {
      const { changes } = insert.run(...NAMES.map((name) => row[name] as string | number | null))
      if (row['closed_at'] === null) open += Number(changes)
    }
    into.exec('COMMIT')
  } catch (thrown) {
    if (into.isTransaction) into.exec('ROLLBACK')
    throw thrown
  }
  return open
}

function readRows(file: string): Readonly<Record<string, unknown>>[] {
  const database = openDatabase(file, { readOnly: true })
  try {
    const rows = database.prepare(`SELECT ${COLUMNS} FROM tasks ORDER BY seq`).all() as Record<string, unknown>[]
    return rows.filter(isWhole)
  } catch (thrown) {
    if (isDamaged(thrown) || isOtherDatabase(thrown)) return []
    throw thrown
  } finally {
    database.close()
  }
}

/** SQLite has no checksums: what was overwritten within a row comes back as if it belonged there. */
function isWhole(row: Readonly<Record<string, unknown>>): boolean {
  try {
    JSON.parse(String(row['payload']))
    return typeof row['task_id'] === 'string' && typeof row['kind'] === 'string'
  } catch {
    return false
  }
}
