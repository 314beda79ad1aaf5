/** The fake Messages writes what a Mac writes: rows, joins and files by every kind of sender; scripts that send; faults. */
import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { waitFor } from '../wait.ts'
import { content, type FakeMessages, startFakeMessages } from './index.ts'

const TEXT_TO_CHAT = `on run argv
  tell application "Messages" to send (item 1 of argv) to chat id (item 2 of argv)
end run`
const TEXT_TO_ADDRESS = `on run argv
  tell application "Messages" to send (item 1 of argv) to participant (item 2 of argv) of (1st account whose service type = iMessage)
end run`
const READ_TEXT_TO_CHAT = `on run argv
  set words to read (POSIX file (item 1 of argv)) as «class utf8»
  tell application "Messages" to send words to chat id (item 2 of argv)
end run`
const FILE_TO_CHAT = `on run argv
  tell application "Messages" to send (POSIX file (item 1 of argv)) to chat id (item 2 of argv)
end run`

interface Ended {
  readonly status: number | null
  readonly out: string
  readonly problem: string
}

/** As an adapter does it: arguments apart from the script, which comes by stdin. */
function osascript(
  messages: FakeMessages,
  script: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(messages.osascript.path, ['-', ...args], { signal, killSignal: 'SIGKILL' })
    let [out, problem] = ['', '']
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.stderr.on('data', (chunk) => {
      problem += chunk
    })
    child.on('error', (error) => error.name === 'AbortError' || reject(error))
    child.on('close', (status) => resolve({ status, out, problem }))
    child.stdin.end(script)
  })
}

/** The last rows as another process reads them. */
function rows(messages: FakeMessages, sql = ''): Record<string, unknown>[] {
  const database = new DatabaseSync(messages.database.path, { readOnly: true })
  try {
    const columns = `m.ROWID AS id, m.is_from_me AS own, m.service, c.guid AS chat, h.id AS handle, m.text,
      m.attributedBody IS NOT NULL AS body, m.cache_has_attachments AS files, m.associated_message_type AS tapback,
      m.item_type AS item, m.error, m.date_edited > 0 AS edited, m.cache_roomnames AS room`
    const statement = database.prepare(
      `SELECT ${columns} FROM message m LEFT JOIN chat_message_join j ON j.message_id = m.ROWID
       LEFT JOIN chat c ON c.ROWID = j.chat_id LEFT JOIN handle h ON h.ROWID = m.handle_id ${sql} ORDER BY m.ROWID`,
    )
    return statement.all().map((row) => ({ ...row }))
  } finally {
    database.close()
  }
}

describe('people', () => {
  it('write rows in the forms that bodies have', async () => {
    await using messages = await startFakeMessages()
    const bob = messages.person('+15550101')
    bob.says(bob.dm, 'in the body only')
    bob.says(bob.dm, 'in the column only', { body: 'text' })
    bob.says(bob.dm, 'in both', { body: 'both' })
    expect(rows(messages)).toMatchObject([
      { own: 0, chat: 'any;-;+15550101', handle: '+15550101', text: null, body: 1 },
      { text: 'in the column only', body: 0 },
      { text: 'in both', body: 1 },
    ])
  })

  it('react, edit and take back', async () => {
    await using messages = await startFakeMessages()
    const bob = messages.person('bob@example.com')
    const message = bob.says(bob.dm, 'frist')
    bob.reacts(message, 'laugh')
    bob.reacts(message, { emoji: '🦀' }, { isRemoved: true })
    bob.edits(message, 'first')
    const last = bob.says(bob.dm, 'oops')
    bob.unsends(last)
    expect(rows(messages)).toMatchObject([{ edited: 1 }, { tapback: 2003 }, { tapback: 3006 }, { body: 0, edited: 1 }])
  })

  it('are in groups that change', async () => {
    await using messages = await startFakeMessages()
    const [bob, eve] = [messages.person('+15550101'), messages.person('+15550102')]
    const group = messages.group({ members: [bob], guid: 'any;+;chat77' })
    group.renames(bob, 'Team')
    group.adds(messages.owner, eve)
    group.leaves(eve)
    bob.says(group, 'hello')
    expect(rows(messages)).toMatchObject([
      { item: 2, own: 0, chat: 'any;+;chat77' },
      { item: 1, own: 1, handle: null },
      { item: 3, handle: '+15550102' },
      { item: 0, handle: '+15550101', room: 'chat77' },
    ])
  })

  it('send files, some of which are not there yet', async () => {
    await using messages = await startFakeMessages()
    const bob = messages.person('+15550101')
    bob.sends(bob.dm, [content.photo(), content.document()], { words: 'two' })
    const late = bob.sends(bob.dm, content.photo(undefined, { isPending: true }))
    expect(rows(messages)).toMatchObject([{ files: 1 }, { files: 1 }])
    const states = () => messages.database.all('SELECT filename, transfer_state FROM attachment').map(Object.values)
    const files = () => states().map(([path, state]) => [existsSync(String(path)), state])
    expect(files()).toEqual([
      [true, 5],
      [true, 5],
      [false, 0],
    ])
    late.arrive()
    expect(files()).toEqual([
      [true, 5],
      [true, 5],
      [true, 5],
    ])
  })

  it('write to themselves in one row or two, on this Mac or another device', async () => {
    await using messages = await startFakeMessages({ selfRows: 'sent' })
    const { owner } = messages
    owner.says(owner.selfChat(), 'from the phone')
    owner.says(owner.selfChat(), 'here', { rows: 'both' })
    owner.says(owner.selfChat('ada@example.com'), 'under another address', { rows: 'receipt' })
    owner.says(owner.selfChat(), 'twice', { rows: 'reversed', copyAddress: 'ada@example.com' })
    expect(rows(messages).map(({ own, chat, body }) => [own, chat, body])).toEqual([
      [1, 'any;-;+15550100', 1],
      [1, 'any;-;+15550100', 1],
      [0, 'any;-;+15550100', 1],
      [1, 'any;-;ada@example.com', 0],
      [0, 'any;-;ada@example.com', 1],
      [0, 'any;-;ada@example.com', 1],
      [1, 'any;-;+15550100', 1],
    ])
  })

  it('have rows whose join comes later, in any service', async () => {
    await using messages = await startFakeMessages({ chatIds: 'service' })
    const bob = messages.person('+15550101', 'SMS')
    const late = bob.says(bob.dm, 'late', { isUnjoined: true })
    expect(rows(messages)).toMatchObject([{ service: 'SMS', chat: null }])
    late.join()
    expect(rows(messages)).toMatchObject([{ chat: 'SMS;-;+15550101' }])
    const file = bob.sends(bob.dm, content.photo(), { isUnattached: true })
    expect(rows(messages)).toMatchObject([{}, { files: 0, body: 1 }])
    file.attach()
    expect(rows(messages)).toMatchObject([{}, { files: 1 }])
  })
})

describe('a script', () => {
  it('sends to a chat by its id, to an address, and files', async () => {
    await using messages = await startFakeMessages()
    const bob = messages.person('+15550101')
    const group = messages.group({ members: [bob], name: 'Team' })
    const path = join(messages.directory, 'words.txt')
    writeFileSync(path, 'from a file\n"quoted" 🎉')
    expect(await osascript(messages, TEXT_TO_CHAT, ['to the team', group.guid])).toMatchObject({ status: 0 })
    expect(await osascript(messages, TEXT_TO_ADDRESS, ['to bob', '+15550101'])).toMatchObject({ status: 0 })
    expect(await osascript(messages, READ_TEXT_TO_CHAT, [path, group.guid])).toMatchObject({ status: 0 })
    expect(await osascript(messages, FILE_TO_CHAT, [path, group.guid])).toMatchObject({ status: 0 })
    await waitFor(() => messages.sent().every((one) => one.rows.length === 1), { what: 'the rows' })
    expect(messages.sent().map(({ chat, text, file }) => [chat, text, file?.name])).toEqual([
      [group.guid, 'to the team', undefined],
      ['any;-;+15550101', 'to bob', undefined],
      [group.guid, 'from a file\n"quoted" 🎉', undefined],
      [group.guid, '', 'words.txt'],
    ])
    expect(rows(messages)).toMatchObject([{ own: 1, handle: null }, { own: 1 }, { own: 1 }, { own: 1, files: 1 }])
    expect(messages.scripts).toHaveLength(4)
  })

  it('does not know a direct chat of macOS 26 by its id', async () => {
    await using messages = await startFakeMessages()
    const bob = messages.person('+15550101')
    const ended = await osascript(messages, TEXT_TO_CHAT, ['hello', bob.dm.guid])
    expect(ended).toMatchObject({ status: 1, problem: expect.stringContaining('(-1728)') })
    bob.dm.scriptId = bob.dm.guid
    expect(await osascript(messages, TEXT_TO_CHAT, ['hello', bob.dm.guid])).toMatchObject({ status: 0 })
    const list = 'tell application "Messages" to get id of chats'
    expect(await osascript(messages, list, [])).toMatchObject({ out: 'any;-;+15550101\n' })
  })

  it('to oneself writes both rows', async () => {
    await using messages = await startFakeMessages()
    await osascript(messages, TEXT_TO_ADDRESS, ['note', '+15550100'])
    await waitFor(() => messages.sent()[0]?.rows.length === 2, { what: 'both rows' })
    expect(rows(messages)).toMatchObject([{ own: 1, chat: 'any;-;+15550100' }, { own: 0 }])
  })

  it('to oneself may appear under another own address, and in other letters', async () => {
    await using messages = await startFakeMessages({ selfAddress: 'ada@example.com', selfRows: 'sent' })
    messages.settings.rewrite = (text) => text.replace('"', '“')
    await osascript(messages, TEXT_TO_ADDRESS, ['a "note', '+15550100'])
    await waitFor(() => messages.sent()[0]?.rows.length === 1, { what: 'the row' })
    expect(rows(messages)).toMatchObject([{ own: 1, chat: 'any;-;ada@example.com' }])
    expect(messages.sent()[0]).toMatchObject({ text: 'a "note', rows: [{ text: 'a “note' }] })
  })

  it('must be constant, and take what varies from argv', async () => {
    await using messages = await startFakeMessages()
    const literal = 'on run argv\n tell application "Messages" to send "hello" to chat id (item 2 of argv)\nend run'
    expect(await osascript(messages, literal, ['hello', 'x'])).toMatchObject({ status: 1 })
    expect(await osascript(messages, TEXT_TO_CHAT.replace('item 1 of argv', '"x"'), ['a', 'b'])).toMatchObject({
      problem: expect.stringContaining('item 1 of argv'),
    })
  })

  it('is refused without the grant, and waits while macOS asks for it', async () => {
    await using messages = await startFakeMessages({ automation: 'denied' })
    const send = (signal?: AbortSignal) => osascript(messages, TEXT_TO_ADDRESS, ['hi', '+15550101'], signal)
    expect(await send()).toEqual({
      status: 1,
      out: '',
      problem: '0:0: execution error: Not authorized to send Apple events to Messages. (-1743)\n',
    })
    messages.settings.automation = 'asking'
    const killed = new AbortController()
    const waiting = send(killed.signal)
    await waitFor(() => messages.calls.length === 2, { what: 'the second call' })
    killed.abort()
    expect(await waiting).toMatchObject({ status: null })
    messages.settings.automation = 'granted'
    messages.settings.isRunning = false
    expect(await send()).toMatchObject({ problem: expect.stringContaining('(-600)') })
    expect(messages.sent()).toEqual([])
  })

  it.each([
    ['not-found', 1, 0],
    ['not-running', 1, 0],
    ['timeout', 1, 0],
    ['sent-then-crash', 137, 1],
    ['sent-then-timeout', 1, 1],
    ['no-row', 0, 0],
    ['not-sent', 0, 1],
    ['ghost', 0, 1],
  ] as const)('that meets %s ends with %i and %i rows', async (kind, status, count) => {
    await using messages = await startFakeMessages()
    messages.faults.add(kind)
    expect(await osascript(messages, TEXT_TO_ADDRESS, ['hi', '+15550101'])).toMatchObject({ status })
    // The next one is not met by it; its row is the last.
    expect(await osascript(messages, TEXT_TO_ADDRESS, ['again', '+15550101'])).toMatchObject({ status: 0 })
    await waitFor(() => messages.sent().at(-1)?.rows.length === 1, { what: 'the last row' })
    const found = rows(messages)
    expect(found).toHaveLength(count + 1)
    if (kind === 'not-sent') expect(found[0]).toMatchObject({ error: 22 })
    if (kind === 'ghost') expect(found[0]).toMatchObject({ chat: null, service: 'SMS', body: 0 })
  })
})

describe('the database', () => {
  const count = (messages: FakeMessages): number | string => {
    try {
      return rows(messages).length
    } catch (thrown) {
      return (thrown as Error).message
    }
  }

  it('can be locked, replaced, cut, denied, and comes back', async () => {
    await using messages = await startFakeMessages()
    const bob = messages.person('+15550101')
    bob.says(bob.dm, 'one')
    const release = messages.database.lock()
    expect(count(messages)).toBe('database is locked')
    release()
    messages.database.replace()
    bob.says(bob.dm, 'two')
    expect(count(messages)).toBe(2)
    messages.database.truncate(200)
    expect(count(messages)).toMatch(/malformed|not a database/)
    messages.database.deny()
    expect(count(messages)).toBe('unable to open database file')
    bob.says(bob.dm, 'three, while nobody can look')
    messages.database.repair()
    expect(count(messages)).toBe(3)
    messages.database.checkpoint()
    messages.database.replace({ isEmpty: true })
    expect(count(messages)).toBe(0)
    bob.says(bob.dm, 'in another database')
    expect(rows(messages)).toMatchObject([{ id: 1, chat: 'any;-;+15550101', handle: '+15550101' }])
    messages.database.remove()
    expect(count(messages)).toBe('unable to open database file')
    messages.database.replace()
    expect(count(messages)).toBe(0)
  })

  it('is locked behind the back of who is connected', async () => {
    await using messages = await startFakeMessages()
    const other = new DatabaseSync(messages.database.path, { readOnly: true })
    other.prepare('SELECT count(*) FROM message').get()
    const release = messages.database.lock()
    expect(count(messages)).toBe('database is locked')
    other.close()
    release()
    expect(count(messages)).toBe(0)
  })

  it('has a history of every kind of row', async () => {
    await using messages = await startFakeMessages()
    const entries = messages.history(1000)
    expect(new Set(entries.map(({ kind }) => kind)).size).toBe(18)
    expect(rows(messages)).toHaveLength(1000)
  })
})
