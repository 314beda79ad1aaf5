/** Ten thousand rows of every kind and every class of length, each read exactly as it was written. */
import { DatabaseSync } from 'node:sqlite'
import { type HistoryEntry, startFakeMessages } from '@backchannel/testkit/imessage'
import { beforeAll, describe, expect, it } from 'vitest'
import { type MessageSummary, parseSummary } from './summary/summary.ts'
import { type MessageBody, parseAttributedBody, readAttributedBody } from './typedstream/index.ts'

interface ReadEntry {
  readonly wanted: HistoryEntry
  readonly text: string | null
  readonly body: MessageBody | undefined
  readonly isDamaged: boolean
  readonly summary: MessageSummary | undefined
}

let entries: readonly ReadEntry[]

beforeAll(async () => {
  await using messages = await startFakeMessages()
  const history = messages.history(10_000)
  const database = new DatabaseSync(messages.database.path, { readOnly: true })
  const sql = 'SELECT text, attributedBody AS body, message_summary_info AS summary FROM message WHERE ROWID = ?'
  const statement = database.prepare(sql)
  entries = history.map((wanted) => {
    const row = statement.get(wanted.message.rowId) as Record<'body' | 'summary', Uint8Array | null> & {
      text: string | null
    }
    const parsed = row.body === null ? undefined : parseAttributedBody(row.body)
    return {
      wanted,
      text: row.text,
      body: row.body === null ? undefined : readAttributedBody(row.body),
      isDamaged: parsed !== undefined && (!parsed.ok || parsed.body.damage !== undefined),
      summary: row.summary === null ? undefined : parseSummary(row.summary),
    }
  })
  database.close()
})

/** The first few that are wrong, so that a failure can be read. */
function wrong(isWrong: (entry: ReadEntry) => boolean): ReadEntry[] {
  return entries.filter(isWrong).slice(0, 3)
}

describe('a history of 10,000 rows', () => {
  it('has every kind of row', () => {
    const counts = Map.groupBy(entries, ({ wanted }) => wanted.kind)
    expect(entries).toHaveLength(10_000)
    expect(counts.size).toBe(18)
    expect(Math.min(...[...counts.values()].map(({ length }) => length))).toBe(10)
  })

  it('gives every text whole', () => {
    const isWrong = ({ wanted, text, body }: ReadEntry) =>
      wanted.text !== undefined && (body?.text ?? text) !== wanted.text
    expect(wrong(isWrong)).toEqual([])
  })

  it('gives attributes without damage, mentions and links to the letter', () => {
    expect(wrong(({ isDamaged }) => isDamaged)).toEqual([])
    expect(wrong(({ wanted, body }) => String(body?.mentions ?? []) !== String(wanted.mentions ?? []))).toEqual([])
    expect(wrong(({ wanted, body }) => String(body?.links ?? []) !== String(wanted.links ?? []))).toEqual([])
  })

  it('says what edited messages were before, and which were taken back', () => {
    const versions = ({ summary }: ReadEntry) => summary?.edits.get(0)?.map(({ text }) => text)
    const whole = ({ earlier, text }: HistoryEntry) => earlier && [...earlier, text]
    expect(wrong((entry) => String(versions(entry)) !== String(whole(entry.wanted)))).toEqual([])
    expect(wrong(({ wanted, summary }) => (summary?.isUnsent ?? false) !== (wanted.kind === 'unsent'))).toEqual([])
  })
})
