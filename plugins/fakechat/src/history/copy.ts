/** Takes the messages of another history over. */
import type { DatabaseSync } from 'node:sqlite'
import { type Cell, COLUMNS, prepareInsert, transaction } from './rows.ts'

/** Copies what can be read of another history; what is known here is left alone. @returns how many, and if it was all */
export function copyMessages(from: DatabaseSync, into: DatabaseSync): { copied: number; complete: boolean } {
  const insert = prepareInsert(into, 'IGNORE')
  const taken = into.prepare('SELECT 1 FROM messages WHERE seq = ?')
  let copied = 0
  let complete = true
  transaction(into, () => {
    try {
      // NOT INDEXED: an index may be what is damaged.
      const rows = from.prepare(`SELECT seq, ${COLUMNS} FROM messages NOT INDEXED ORDER BY seq`)
      for (const row of rows.iterate()) {
        const [seq, ...cells] = Object.values(row) as Cell[]
        let place = Number(seq)
        while (taken.get(place)) place += 1
        copied += Number(insert.run(place, ...cells).changes)
      }
    } catch {
      complete = false
    }
  })
  return { copied, complete }
}
