/** What is read is everything that is new, once, whatever happens to the database meanwhile; and whatever happens is said. */
import { mkdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { createTempDirectory, waitFor } from '@backchannel/testkit'
import { describe, expect, it } from 'vitest'
import { QUICK, STORED, startAdapter } from '../adapter.fixture.ts'
import { createAge } from './age.ts'
import { readPlace } from './place.ts'

const texts = (messages: readonly { readonly text: string }[]) => messages.map(({ text }) => text)

describe.concurrent('reading', () => {
  it('begins at the newest row, and a later process goes on where the one before has ended', async () => {
    await using made = await startAdapter()
    const { fake } = made
    const bob = fake.person('+15550101')
    bob.says(bob.dm, 'one')
    await made.received(1)
    await made.settled()
    await made.connection.close()
    bob.says(bob.dm, 'two')
    bob.says(bob.dm, 'three')
    await using next = await made.restart()
    await next.received(2)
    expect([texts(made.messages), texts(next.messages)]).toEqual([['one'], ['two', 'three']])
  })

  it('waits for a row whose chat comes late, and lets later ones pass (I-4)', async () => {
    await using made = await startAdapter()
    const { fake } = made
    const bob = fake.person('+15550101')
    const late = bob.says(bob.dm, 'late', { isUnjoined: true })
    bob.says(bob.dm, 'behind it')
    expect(texts(await made.received(1))).toEqual(['behind it'])
    await made.settled()
    // Also over the end of a session.
    await using next = await made.restart()
    late.join()
    expect(texts(await next.received(1))).toEqual(['late'])
  })

  it('gives a row up that belongs to no chat, and says so', async () => {
    const timing = { ...QUICK, reading: { lookMs: 20, retryMs: 20, waitMs: 60 } }
    await using made = await startAdapter({ timing })
    const bob = made.fake.person('+15550101')
    bob.says(bob.dm, 'never joined', { isUnjoined: true })
    await waitFor(() => made.lines.some((line) => /belongs to no chat/.test(line)), { what: 'the word on it' })
    expect(readPlace(made.memory.values.get('messages'))?.waiting).toEqual([])
  })

  it('gives a message that is in two chats, or twice in one, once (I-4)', async () => {
    await using made = await startAdapter()
    const { fake } = made
    const bob = fake.person('+15550101')
    const other = fake.person('bob@example.com')
    const said = bob.says(bob.dm, 'twice', { isUnjoined: true })
    fake.database.transaction(() => {
      said.join()
      const join = { chat_id: other.dm.stored.rowId, message_id: said.rowId, message_date: 0 }
      fake.database.insert('chat_message_join', join)
    })
    bob.says(bob.dm, 'after')
    await made.settled()
    expect(texts(made.messages)).toEqual(['twice', 'after'])
    expect(made.messages[0]?.chat.id).toBe(bob.dm.guid)
  })

  it('takes old messages that a sync brings in for no new ones, and says so (I-5)', async () => {
    await using made = await startAdapter()
    const bob = made.fake.person('+15550101')
    bob.says(bob.dm, 'of 2004', { date: Date.UTC(2004, 0, 1) })
    bob.says(bob.dm, 'of last week', { date: Date.now() - 7 * 86_400_000 })
    bob.says(bob.dm, 'of an hour ago', { date: Date.now() - 3_600_000 })
    await made.settled()
    expect(texts(made.messages)).toEqual(['of an hour ago'])
    expect(made.lines.filter((line) => line.includes('a sync brings in old messages'))).toHaveLength(1)
  })

  it('gives again what could not be stored, and nothing of our own with it', async () => {
    await using made = await startAdapter()
    const { fake } = made
    const self = fake.owner.selfChat()
    let refusals = 2
    made.answer = async ({ text }) => {
      if (text !== 'hold on' || refusals === 0) return STORED
      refusals -= 1
      return { kind: 'deferred', retryAfterMs: 10 }
    }
    fake.owner.says(self, 'first')
    fake.owner.says(self, 'hold on')
    await made.send(self.guid, 'ours')
    fake.owner.says(self, 'last')
    await waitFor(() => made.messages.some(({ text }) => text === 'last') && refusals === 0, { what: 'the last one' })
    await made.settled()
    expect(texts(made.messages).filter((text) => text === 'first')).toHaveLength(1)
    expect(texts(made.messages)).toContain('hold on')
    expect(texts(made.messages)).not.toContain('ours')
  })

  it('says nothing to the agent while own words can not be told apart, and then everything', async () => {
    const accounts = await createTempDirectory('imessage-accounts-')
    const file = join(accounts.path, 'imessage-own.db')
    mkdirSync(file)
    await using made = await startAdapter({ accounts: accounts.path })
    const self = made.fake.owner.selfChat()
    made.fake.owner.says(self, 'hello')
    expect(await made.reaches('offline')).toMatchObject({ detail: expect.stringContaining('messages of our own') })
    await expect(made.send(self.guid, 'an answer')).rejects.toThrow('messages of our own')
    rmdirSync(file)
    expect(texts(await made.received(1))).toEqual(['hello'])
    expect(made.fake.sent()).toEqual([])
    await accounts.remove()
  })

  it('goes on when a row can not be read', async () => {
    await using made = await startAdapter()
    const bob = made.fake.person('+15550101')
    bob.says(bob.dm, 'broken', { extra: { text: null, attributedBody: Buffer.from('no archive at all') } })
    bob.says(bob.dm, 'broken, with a text', { extra: { text: 'the text', attributedBody: Buffer.from([4, 11]) } })
    bob.says(bob.dm, 'after')
    await made.settled()
    expect(texts(made.messages)).toEqual(['the text', 'after'])
  })
})

describe.concurrent('the database', () => {
  it('that is locked is waited for, and that is said', async () => {
    await using made = await startAdapter()
    const { fake } = made
    await made.reaches('connected')
    const unlock = fake.database.lock()
    expect(await made.reaches('offline')).toMatchObject({
      detail: expect.stringContaining('is locked by another program'),
    })
    unlock()
    await made.reaches('connected')
    const bob = fake.person('+15550101')
    bob.says(bob.dm, 'after it')
    expect(texts(await made.received(1))).toEqual(['after it'])
  })

  it('that is replaced by its copy goes on where it was; nothing is lost or comes twice', async () => {
    await using made = await startAdapter()
    const { fake } = made
    const bob = fake.person('+15550101')
    bob.says(bob.dm, 'one')
    await made.received(1)
    fake.database.replace()
    bob.says(bob.dm, 'two')
    await made.received(2)
    await made.settled()
    expect(texts(made.messages)).toEqual(['one', 'two'])
    expect(made.lines.join()).toContain('was replaced; reading goes on')
  })

  it('that is another one is heard from now on', async () => {
    await using made = await startAdapter()
    const { fake } = made
    const bob = fake.person('+15550101')
    for (let at = 0; at < 5; at += 1) bob.says(bob.dm, `of the old one ${at}`)
    await made.received(5)
    await made.settled()
    fake.database.replace({ isEmpty: true })
    await waitFor(() => made.lines.some((line) => line.includes('is another database now')), { what: 'the word on it' })
    fake.database.insert('chat', {
      guid: 'any;-;+15550107',
      style: 45,
      chat_identifier: '+15550107',
      service_name: 'iMessage',
    })
    const handle = fake.database.insert('handle', { id: '+15550107', service: 'iMessage' })
    const row = {
      guid: 'NEW',
      text: 'of the new one',
      handle_id: handle,
      service: 'iMessage',
      date: (Date.now() - 978_307_200_000) * 1e6,
    }
    const message = fake.database.insert('message', row)
    fake.database.insert('chat_message_join', { chat_id: 1, message_id: message, message_date: 0 })
    await made.received(6)
    expect(texts(made.messages).at(-1)).toBe('of the new one')
  })

  it.each([0, 4096, 5000])('that is cut to %i bytes is waited for, and that is said', async (bytes) => {
    await using made = await startAdapter()
    const { fake } = made
    const bob = fake.person('+15550101')
    bob.says(bob.dm, 'one')
    await made.received(1)
    await made.settled()
    await made.reaches('connected')
    fake.database.truncate(bytes)
    const { detail } = (await made.reaches('offline')) as { detail: string }
    expect(detail).toMatch(/is empty now|is no Messages database now/)
    fake.database.repair()
    await made.reaches('connected')
    bob.says(bob.dm, 'two')
    await made.received(2)
    await made.settled()
    expect(texts(made.messages)).toEqual(['one', 'two'])
  })

  it('that may not be read gives the steps, and is read once it may be, without a restart', async () => {
    await using made = await startAdapter({ listens: false })
    const { fake } = made
    fake.database.deny()
    made.connection.listen()
    const { detail } = (await made.reaches('offline')) as { detail: string }
    expect(detail).toContain('System Settings → Privacy & Security → Full Disk Access')
    fake.database.repair()
    await made.reaches('connected')
    const bob = fake.person('+15550101')
    bob.says(bob.dm, 'now')
    expect(texts(await made.received(1))).toEqual(['now'])
  })

  it('that is not there yet says where it should be', async () => {
    await using made = await startAdapter({ env: { IMESSAGE_DB_PATH: '/nowhere/chat.db' } })
    expect(() => made.platform.assertReadable()).toThrow(/there is no Messages database/)
    expect(made.healths.find(({ state }) => state === 'offline')).toMatchObject({
      detail: expect.stringContaining('there is no Messages database at /nowhere/chat.db: open Messages and sign in'),
    })
  })
})

describe('what is old', () => {
  const HOUR = 3_600_000
  const DAY = 24 * HOUR

  it('is what is a day older than what was listened to', () => {
    const age = createAge(10 * DAY)
    expect(age.limit(10 * DAY + 1_000)).toBe(9 * DAY + 1_000)
  })

  it('is no message that came while nobody listened, for an hour after the gap', () => {
    const age = createAge(10 * DAY)
    expect(age.limit(15 * DAY)).toBe(9 * DAY)
    for (let at = 15 * DAY; at < 15 * DAY + HOUR; at += 60_000) expect(age.limit(at)).toBe(9 * DAY)
    expect(age.limit(15 * DAY + HOUR + 60_000)).toBe(14 * DAY + HOUR + 60_000)
  })
})

it.each([undefined, null, 7, {}, { row: '1' }, { row: 1, guid: 'a', waiting: {}, editedAt: 0, at: 0 }])(
  'a place that is none (%j) is left aside',
  (value) => expect(readPlace(value)).toBeUndefined(),
)
