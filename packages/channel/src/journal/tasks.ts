/**
 * What a process has taken on and not finished, kept beside the events: a message that is being sent, one that came in and
 * whose picture is still fetched. Whoever opens the journal next finds it and takes it up.
 *
 * The table is made at its first use, and is no step of the schema: a channel that takes nothing on has none, and a version
 * that does not know it leaves it alone.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { BackchannelError } from '@backchannel/protocol'
import { damaged } from './sqlite.ts'

export interface NewTask {
  /** Unique; the same again replaces nothing and is no error. */
  readonly taskId: string
  /** Which part of a channel takes it up again. */
  readonly kind: string
  /** JSON. */
  readonly payload: unknown
}

export interface Task extends NewTask {
  /** Milliseconds since 1970. */
  readonly storedAt: number
}

export interface Tasks {
  /**
   * Resolves once it is stored, as durably as events are.
   * @returns false where it, or a finished one, is there already
   * @throws BackchannelError `journal-unavailable`, `journal-full`, `not-registered` or `closed`
   */
  put(task: NewTask): Promise<boolean>
  /** Notes how far it got. @throws as {@link put} */
  change(taskId: string, payload: unknown): Promise<void>
  /**
   * It is done. With an outcome it is kept for a while, as a record of what was done; without one it is deleted.
   * @throws as {@link put}; it would be taken up again then
   */
  finish(taskId: string, outcome?: unknown): Promise<void>
  /** Those that are not finished, in the order in which they were stored. @throws as {@link put} */
  open(kind: string): Promise<readonly Task[]>
  /** The outcome of a finished one that is still kept. @throws as {@link put} */
  outcome(taskId: string): Promise<unknown>
}

/** Open tasks at a time; each is some work of this process, so more is a fault. */
export const MOST_TASKS = 10_000
/** Finished ones that are kept. */
const KEPT_TASKS = 1_000
const PRUNE_EVERY = 64

export const TASKS_TABLE = `
CREATE TABLE IF NOT EXISTS tasks (
  seq INTEGER PRIMARY KEY,
  task_id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  stored_at INTEGER NOT NULL,
  closed_at INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS tasks_open ON tasks (seq) WHERE closed_at IS NULL;
`

interface Row {
  readonly task_id: string
  readonly kind: string
  readonly payload: string
  readonly stored_at: number
}

export interface TasksOptions {
  readonly database: DatabaseSync
  now(): number
  /** Runs one write, whole or not at all, and resolves once it is as durable as configured. */
  write<Result>(work: () => Result): Promise<Result>
}

export function createTasks({ database, now, write }: TasksOptions): Tasks {
  const statements = new Map<string, StatementSync>()
  let finished = 0
  const prepare = (sql: string): StatementSync => {
    if (statements.size === 0) database.exec(TASKS_TABLE)
    const known = statements.get(sql) ?? database.prepare(sql)
    statements.set(sql, known)
    return known
  }
  const close = (taskId: string, outcome: unknown) => {
    if (outcome === undefined) return prepare('DELETE FROM tasks WHERE task_id = ?').run(taskId)
    finished += 1
    if (finished % PRUNE_EVERY === 0) {
      prepare('DELETE FROM tasks WHERE closed_at IS NOT NULL AND seq <= (SELECT max(seq) FROM tasks) - ?').run(
        KEPT_TASKS,
      )
    }
    const done = 'UPDATE tasks SET payload = ?, closed_at = ? WHERE task_id = ? AND closed_at IS NULL'
    return prepare(done).run(JSON.stringify(outcome), now(), taskId)
  }
  return {
    put: ({ taskId, kind, payload }) =>
      write(() => {
        const { count } = prepare('SELECT count(*) AS count FROM tasks WHERE closed_at IS NULL').get() as {
          count: number
        }
        if (count >= MOST_TASKS) throw full()
        const add = 'INSERT INTO tasks (task_id, kind, payload, stored_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'
        return Number(prepare(add).run(taskId, kind, JSON.stringify(payload), now()).changes) > 0
      }),
    async change(taskId, payload) {
      const change = 'UPDATE tasks SET payload = ? WHERE task_id = ? AND closed_at IS NULL'
      await write(() => prepare(change).run(JSON.stringify(payload), taskId))
    },
    async finish(taskId, outcome) {
      await write(() => close(taskId, outcome))
    },
    open: (kind) =>
      write(() => {
        const all = prepare('SELECT * FROM tasks WHERE closed_at IS NULL AND kind = ? ORDER BY seq').all(kind)
        return (all as unknown as Row[]).map(toTask)
      }),
    outcome: (taskId) =>
      write(() => {
        const one = 'SELECT * FROM tasks WHERE task_id = ? AND closed_at IS NOT NULL'
        const row = prepare(one).get(taskId) as Row | undefined
        return row && toTask(row).payload
      }),
  }
}

function toTask({ task_id: taskId, kind, payload, stored_at: storedAt }: Row): Task {
  try {
    return { taskId, kind, payload: JSON.parse(payload), storedAt }
  } catch (cause) {
    throw damaged(`task ${taskId} can't be read`, cause)
  }
}

function full(): BackchannelError {
  return new BackchannelError('journal-full', `${MOST_TASKS} messages are under way already.`, {
    hint: 'Wait until the platform takes them.',
  })
}
