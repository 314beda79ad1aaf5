/** Ten thousand rows of every kind and every class of length, each read exactly as it was written. */
import { type HistoryEntry, startFakeMessages } from '@backchannel/testkit/imessage'
import { beforeAll, describe, expect, it } from 'vitest'
import { type ChatRow, chatOfMessage } from './database/chats.ts'
import { type MessageRow, messagesAfter } from './database/messages.ts'
import { createSource } from './database/source.ts'
import { type Content, readContent } from './inbound/content.ts'
import { readTapback, type Tapback } from './inbound/tapback.ts'
import { type MessageSummary, parseSummary } from './summary/summary.ts'
import { parseAttributedBody, readAttributedBody } from './typedstream/index.ts'

interface ReadEntry {
  readonly wanted: HistoryEntry
  readonly row: MessageRow
  readonly chat: ChatRow | undefined
  readonly content: Content
  readonly tapback: Tapback | undefined
  readonly links: readonly string[]
  readonly isDamaged: boolean
  readonly summary: MessageSummary | undefined
}

let entries: readonly ReadEntry[]

beforeAll(async () => {
  await using messages = await startFakeMessages()
  const history = messages.history(10_000)
  const source = createSource(messages.database.path)
  const sql = 'SELECT message_summary_info AS summary FROM message WHERE ROWID = ?'
  entries = source.read((reader) => {
    const rows = new Map(messagesAfter(reader, 0, history.length).map((row) => [row.rowId, row]))
    return history.map((wanted) => {
      const row = rows.get(wanted.message.rowId)!
      const parsed = row.body && parseAttributedBody(row.body)
      const summary = reader.all(sql, row.rowId)[0]?.['summary']
      return {
        wanted,
        row,
        chat: chatOfMessage(reader, row.rowId),
        content: readContent(reader, row),
        tapback: readTapback(row),
        links: (row.body && readAttributedBody(row.body)?.links) ?? [],
        isDamaged: parsed !== undefined && (!parsed.ok || parsed.body.damage !== undefined),
        summary: summary instanceof Uint8Array ? parseSummary(summary) : undefined,
      }
    })
  })
  source.close()
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

  it('gives every text whole, without the places of files', () => {
    const isWrong = ({ wanted: { text }, content }: ReadEntry) =>
      text !== undefined && content.text !== text.replaceAll('\ufffc', '')
    expect(wrong(isWrong)).toEqual([])
  })

  it('gives attributes without damage, mentions, links and files to the letter', () => {
    expect(wrong(({ isDamaged }) => isDamaged)).toEqual([])
    expect(wrong(({ wanted, content }) => String(content.mentions) !== String(wanted.mentions ?? []))).toEqual([])
    expect(wrong(({ wanted, links }) => String(links) !== String(wanted.links ?? []))).toEqual([])
    const names = ({ attachments }: Content) => String(attachments.map(({ name }) => name))
    const isWrong = ({ wanted, content, tapback }: ReadEntry) =>
      tapback === undefined && names(content) !== String(wanted.files ?? [])
    expect(wrong(isWrong)).toEqual([])
  })

  it('knows the chat of every row, and what is a reaction', () => {
    expect(wrong(({ wanted, chat }) => chat?.guid !== wanted.message.chat.guid)).toEqual([])
    expect(wrong(({ wanted, tapback }) => (tapback !== undefined) !== (wanted.kind === 'tapback'))).toEqual([])
  })

  it('says what edited messages were before, and which were taken back', () => {
    const versions = ({ summary }: ReadEntry) => summary?.edits.get(0)?.map(({ text }) => text)
    const whole = ({ earlier, text }: HistoryEntry) => earlier && [...earlier, text]
    expect(wrong((entry) => String(versions(entry)) !== String(whole(entry.wanted)))).toEqual([])
    expect(wrong(({ wanted, summary }) => (summary?.isUnsent ?? false) !== (wanted.kind === 'unsent'))).toEqual([])
  })
})
