/** Own output comes back as nobody's words, and what the owner writes as theirs, however alike the two are. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { waitFor } from '@backchannel/testkit'
import type { MessagesOptions } from '@backchannel/testkit/imessage'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { QUICK, startAdapter } from '../adapter.fixture.ts'
import { keyOf, linkParts } from './key.ts'
import { type OwnRow, openLedger, type Verdict } from './ledger.ts'

const folder = mkdtempSync(join(tmpdir(), 'imessage-own-'))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0
const nextFile = () => {
  files += 1
  return join(folder, `own-${files}.db`)
}

const WORDS = ['yes', 'done', 'it\'s "on"', 'the same words once more']
/** The rows of one message in the order in which Messages may write them. */
const ROWS: Readonly<Record<string, readonly boolean[]>> = {
  both: [true, false],
  swapped: [false, true],
  sent: [true],
  received: [false],
}

const MOST_LATE = 6
/** Through processes and a database; `IMESSAGE_SENDS=500` takes a minute. */
const SENDS = Number(process.env['IMESSAGE_SENDS'] ?? 6)

interface Said {
  readonly by: 'agent' | 'owner'
  readonly words: number
  /** How many steps later the second row comes. */
  readonly late: number
}

const said = fc.record<Said>({
  by: fc.constantFrom('agent', 'owner'),
  words: fc.nat(WORDS.length - 1),
  late: fc.nat(MOST_LATE),
})

/**
 * Rows as they come in, each with its words: messages begin one after the other, and the second row of one comes among those of
 * the next ones. Of the agent's an entry is opened before its first row.
 */
function play(all: readonly Said[], rows: readonly boolean[], restartAt = -1): Readonly<Record<Said['by'], number>> {
  const file = nextFile()
  let ledger = openLedger(file)
  const later = new Map<number, (() => void)[]>()
  const found: Verdict[] = []
  const guids: string[] = []
  let rowId = 100
  const write = (words: number, isFromMe: boolean) => {
    rowId += 1
    const row: OwnRow = {
      guid: `g${rowId}`,
      rowId,
      key: keyOf(WORDS[words] ?? '', []),
      chat: 'self',
      isFromMe,
      date: Date.now(),
    }
    const verdict = ledger.judge(row)
    // The same row again, after a restart or where the sender has looked too, is judged the same.
    expect(ledger.judge(row)).toBe(verdict)
    found.push(verdict)
    guids.push(row.guid)
  }
  for (let at = 0; at < all.length + MOST_LATE + 2; at += 1) {
    for (const run of later.get(at) ?? []) run()
    if (at === restartAt) {
      ledger.close()
      ledger = openLedger(file)
    }
    const one = all[at]
    if (!one) continue
    const { by, words, late } = one
    if (by === 'agent') {
      const key = keyOf(WORDS[words] ?? '', [])
      ledger.open({ sendId: `s${at}`, chat: 'self', isSelf: true, key, mark: rowId })
    }
    const [first, second] = rows
    if (first !== undefined) write(words, first)
    if (second !== undefined)
      later.set(at + late + 1, [...(later.get(at + late + 1) ?? []), () => write(words, second)])
  }
  const heard = found.filter((verdict) => verdict === 'message').length
  for (const [at, guid] of guids.entries()) expect(ledger.isOurs(guid)).toBe(found[at] === 'ours')
  ledger.close()
  return { owner: heard, agent: found.filter((verdict) => verdict === 'ours').length }
}

const count = (all: readonly Said[], by: Said['by']) => all.filter((one) => one.by === by).length

describe('the ledger', () => {
  it.each(Object.entries(ROWS))(
    'hears each message of the owner once and none of the agent, with rows "%s"',
    (_, rows) => {
      fc.assert(
        fc.property(fc.array(said, { minLength: 1, maxLength: 40 }), fc.nat(40), (all, restartAt) => {
          const { owner, agent } = play(all, rows, restartAt)
          expect(owner).toBe(count(all, 'owner'))
          expect(agent).toBe(count(all, 'agent') * rows.length)
        }),
        { numRuns: 15 },
      )
    },
  )

  it.each(Object.entries(ROWS))(
    'of 500 sends among as many identical messages, with rows "%s": no echo, nothing swallowed',
    (_, rows) => {
      const all = Array.from(
        { length: 1_000 },
        (_value, at): Said => ({
          by: at % 2 === 0 ? 'agent' : 'owner',
          words: Math.floor(at / 2) % WORDS.length,
          late: at % 5,
        }),
      )
      expect(play(all, rows, 500)).toEqual({ owner: 500, agent: 500 * rows.length })
    },
  )

  it('takes a received row for ours days later, by its own date, and one that was written later for the owner', () => {
    const ledger = openLedger(nextFile())
    const key = keyOf('done', [])
    const row = { key, chat: 'self', rowId: 2, guid: 'a', isFromMe: true, date: Date.now() }
    ledger.open({ sendId: 's', chat: 'self', isSelf: true, key, mark: 1 })
    expect(ledger.judge(row)).toBe('ours')
    expect(ledger.judge({ ...row, guid: 'c', isFromMe: false, date: row.date + 3_600_000 })).toBe('message')
    expect(ledger.judge({ ...row, guid: 'b', isFromMe: false })).toBe('ours')
    ledger.close()
  })

  it('that is damaged is put aside, and the next try has a new one', () => {
    const file = nextFile()
    const row = { key: keyOf('done', []), chat: 'self', rowId: 2, guid: 'a', isFromMe: true, date: Date.now() }
    const before = openLedger(file)
    before.judge(row)
    before.close()
    writeFileSync(file, 'no database any more, and long enough to be seen as one that is broken')
    const ledger = openLedger(file)
    expect(() => ledger.judge(row)).toThrow(/which knows the messages of our own, can't be used/)
    expect(ledger.judge(row)).toBe('message')
    ledger.close()
    expect(readdirSync(folder).some((name) => name.startsWith(`${basename(file)}.damaged-`))).toBe(true)
  })

  it('knows a send to a chat that turns out to be one with oneself only afterwards', () => {
    const ledger = openLedger(nextFile())
    const key = keyOf('done', [])
    ledger.open({ sendId: 's', chat: 'alias', isSelf: false, key, mark: 1 })
    const row = { key, chat: 'alias', rowId: 2, guid: 'a', isFromMe: true, date: Date.now() }
    expect(ledger.judge(row)).toBe('ours')
    expect(ledger.judge({ ...row, guid: 'b', rowId: 3, isFromMe: false })).toBe('ours')
    expect(ledger.judge({ ...row, guid: 'c', rowId: 4 })).toBe('message')
    ledger.close()
  })

  it('takes no row from before a send for its own', () => {
    const ledger = openLedger(nextFile())
    const key = keyOf('done', [])
    ledger.open({ sendId: 's', chat: 'self', isSelf: true, key, mark: 10 })
    expect(ledger.judge({ key, chat: 'self', rowId: 10, guid: 'a', isFromMe: true, date: Date.now() })).toBe('message')
    ledger.close()
  })
})

it.each([
  ['“quoted” – it’s done…', '"quoted" – it\'s done...'],
  ['two  spaces\nand a line', 'two spaces and a line'],
  ['👨‍👩‍👧 ❤️', '👨👩👧 ❤'],
])('%s is %s to Messages', (a, b) => expect(keyOf(a, [])).toBe(keyOf(b, [])))

it.each([
  ['see https://ci.example.com/1', ['see', 'https://ci.example.com/1']],
  ['https://a.example and more', ['https://a.example', 'and more']],
  ['https://a.example between https://b.example', ['https://a.example', 'between', 'https://b.example']],
  ['https://alone.example', []],
  ['a https://b.example within', []],
  ['no link', []],
])('%s may come in parts: %j', (text, parts) => expect(linkParts(text)).toEqual(parts))

it('a text that Messages makes two rows of is ours in both, and the owner may say either afterwards', async () => {
  await using made = await startAdapter({
    timing: { ...QUICK, send: { scriptMs: 2_000, rowMs: 5_000, resumedMs: 50 } },
  })
  const { fake } = made
  const self = fake.owner.selfChat()
  fake.faults.add('no-row')
  const sending = made.send(self.guid, 'see https://ci.example.com/1')
  await waitFor(() => fake.sent().length === 1, { what: 'the message' })
  for (const part of ['see', 'https://ci.example.com/1']) fake.owner.says(self, part)
  await sending
  for (const part of ['see', 'https://ci.example.com/1']) fake.owner.says(self, part)
  await made.send(self.guid, 'whole https://ci.example.com/2')
  fake.owner.says(self, 'whole')
  await made.settled()
  expect(made.messages.map(({ text }) => text)).toEqual(['see', 'https://ci.example.com/1', 'whole'])
})

it('two long texts that only begin alike are two', () => {
  expect(keyOf(`${'x'.repeat(200)}a`, [])).not.toBe(keyOf(`${'x'.repeat(200)}b`, []))
})

/** What Macs were seen to make of a message to oneself. */
const MACS: readonly (readonly [string, MessagesOptions])[] = [
  ['both rows', { selfRows: 'both' }],
  ['both rows, the received one first', { selfRows: 'reversed' }],
  ['the sent row alone', { selfRows: 'sent' }],
  ['the received row alone', { selfRows: 'received' }],
  ['both rows, the sent one without words', { selfRows: 'receipt' }],
  ['the received row under another own address', { copyAddress: 'ada@example.com' }],
  ['both rows under another own address', { selfAddress: 'ada@example.com' }],
  ['other quotes', { rewrite: (words) => words.replace(/'/g, '’').replace(/"([^"]*)"/g, '“$1”') }],
]

describe.each(MACS)('on a Mac that writes %s', (_, options) => {
  it(
    'sends among identical messages of the owner, by script and by hand, are told apart',
    { timeout: 600_000 },
    async () => {
      await using made = await startAdapter(options)
      const { fake } = made
      const self = fake.owner.selfChat()
      const other = fake.owner.selfChat('ada@example.com')
      const texts = Array.from({ length: SENDS }, (_, at) => WORDS[at % 3] ?? '')
      for (const [at, text] of texts.entries()) {
        const sending = made.send(self.guid, text)
        // Before Messages has it, while it has, and after.
        if (at % 3 === 1) await waitFor(() => fake.sent().length > at, { what: 'the script', intervalMs: 1 })
        if (at % 3 === 2) await sending
        fake.owner.says(at % 4 === 3 ? other : self, text)
        await sending
      }
      for (const text of ['a new word', 'done']) fake.owner.says(self, text)
      await made.settled()
      expect(made.messages.map(({ text }) => text).sort()).toEqual([...texts, 'a new word', 'done'].sort())
      expect(made.messages.every(({ sender }) => sender?.isOwner)).toBe(true)
    },
  )
})
