/** What is sent is in the chat once, and only then said to be; what can not be sent says why, and what to do. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { waitFor } from '@backchannel/testkit'
import { describe, expect, it } from 'vitest'
import { fileOf, QUICK, startAdapter } from '../adapter.fixture.ts'
import { assertMac, parseConfig } from '../config.ts'
import { runScript } from './osascript.ts'
import { targetsOf } from './targets.ts'

describe.concurrent('a message', () => {
  it('goes by a script that never changes, in a file that only we can read, and in no argument (I-6)', async () => {
    await using made = await startAdapter()
    const { fake } = made
    const bob = fake.person('+15550101')
    const words = 'a secret" & (do shell script "rm -rf ~") & "'
    await made.send(bob.dm.guid, words)
    await made.send(bob.dm.guid, 'another one')
    expect(fake.sent(bob.dm.guid).map(({ text }) => text)).toEqual([words, 'another one'])
    expect(JSON.stringify(fake.calls.map(({ args }) => args))).not.toContain('secret')
    expect(fake.scripts.every((script) => !script.includes('secret'))).toBe(true)
    const path = fake.calls[0]?.args[0] ?? ''
    expect(existsSync(path)).toBe(false)
  })

  it('goes to whatever AppleScript knows a chat as, and to that at once the next time', async () => {
    await using made = await startAdapter({ chatIds: 'any' })
    const { fake } = made
    const bob = fake.person('+15550101')
    const self = fake.owner.selfChat('ada@example.com')
    await made.send(bob.dm.guid, 'one')
    const tried = fake.calls.map(({ args }) => args[1])
    expect(tried).toEqual(['any;-;+15550101', 'iMessage;-;+15550101', '+15550101'])
    await made.send(bob.dm.guid, 'two')
    expect(fake.calls.at(-1)?.args[1]).toBe('+15550101')
    expect(fake.calls).toHaveLength(4)
    await made.send(self.guid, 'three')
    const group = fake.group({ members: [bob] })
    await made.send(group.guid, 'four')
    expect(fake.sent().map(({ text }) => text)).toEqual(['one', 'two', 'three', 'four'])
    group.scriptId = undefined
    await expect(made.send(group.guid, 'five')).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining(`can't write to the chat ${group.guid} (-1728)`),
    })
  })

  it('that two send at once goes one after the other', async () => {
    await using made = await startAdapter({ rowDelay: 20 })
    const { fake } = made
    const [bob, eve] = [fake.person('+15550101'), fake.person('+15550102')]
    const sending = [bob, eve, bob].map((one, at) => {
      one.says(one.dm, 'hello')
      return made.send(one.dm.guid, `answer ${at}`)
    })
    await Promise.all(sending)
    expect(fake.sent().map(({ text }) => text)).toEqual(['answer 0', 'answer 1', 'answer 2'])
  })

  it.each([['sent-then-crash'], ['sent-then-timeout'], ['sent-then-hang']] as const)(
    'whose answer is lost is found in the database (%s)',
    async (kind) => {
      const timing = { ...QUICK, send: { scriptMs: 1_000, rowMs: 300, resumedMs: 100 } }
      await using made = await startAdapter({ timing })
      const { fake } = made
      const bob = fake.person('+15550101')
      bob.says(bob.dm, 'hello')
      fake.faults.add(kind)
      await made.send(bob.dm.guid, 'once')
      expect(fake.sent().map(({ text }) => text)).toEqual(['once'])
    },
  )

  it('that an earlier process was sending is not sent a second time', async () => {
    await using made = await startAdapter()
    const { fake } = made
    const self = fake.owner.selfChat()
    const ended = new AbortController()
    fake.faults.add('sent-then-hang')
    const cut = made.send(self.guid, 'once', { key: 'the-key', signal: ended.signal }).catch(() => {})
    await waitFor(() => fake.sent().length === 1, { what: 'the message' })
    ended.abort()
    await cut
    await using next = await made.restart()
    await next.send(self.guid, 'once', { key: 'the-key' })
    // And one of which nothing is there is sent.
    await next.send(self.guid, 'twice', { key: 'another-key' })
    expect(fake.sent().map(({ text }) => text)).toEqual(['once', 'twice'])
    await next.settled()
    expect(next.messages).toEqual([])
  })

  it.each([
    ['no-row', /none appeared within 0.3 s, so it was probably not sent/],
    ['ghost', /none appeared within 0.3 s, so it was probably not sent/],
    ['not-sent', /Messages could not send it \(error 22\)/],
    ['timeout', /timed out.*no message appeared; it may still be sent.*Automation/],
  ] as const)('that did not go is not said to be sent: %s', async (kind, words) => {
    await using made = await startAdapter()
    const { fake } = made
    const bob = fake.person('+15550101')
    bob.says(bob.dm, 'hello')
    fake.faults.add(kind)
    await expect(made.send(bob.dm.guid, 'gone')).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringMatching(words),
    })
    await made.send(bob.dm.guid, 'the next one')
  })

  it('without the grant says the steps, and goes once it is given, without a restart (I-6)', async () => {
    const timing = { ...QUICK, send: { scriptMs: 1_000, rowMs: 50, resumedMs: 50 } }
    await using made = await startAdapter({ automation: 'denied', timing })
    const { fake } = made
    const self = fake.owner.selfChat()
    const steps = 'System Settings → Privacy & Security → Automation'
    await expect(made.send(self.guid, 'one')).rejects.toMatchObject({
      kind: 'unauthorized',
      message: expect.stringContaining(steps),
    })
    fake.settings.automation = 'asking'
    const asked = made.send(self.guid, 'two')
    // Nobody answers the dialog: everything else goes on meanwhile.
    fake.owner.says(self, 'still there?')
    expect((await made.received(1)).map(({ text }) => text)).toEqual(['still there?'])
    await expect(asked).rejects.toThrow(steps)
    fake.settings.automation = 'granted'
    await made.send(self.guid, 'three')
    fake.settings.isRunning = false
    await expect(made.send(self.guid, 'four')).rejects.toMatchObject({ kind: 'unsent' })
    // What was certainly not sent is no longer waited for.
    fake.owner.says(self, 'one')
    fake.owner.says(self, 'four')
    await made.settled()
    expect(made.messages.map(({ text }) => text)).toEqual(['still there?', 'one', 'four'])
  })

  it('to a chat that there is not, or while the database is locked, is not sent', async () => {
    await using made = await startAdapter()
    await expect(made.send('any;-;+19999', 'x')).rejects.toMatchObject({ kind: 'refused' })
    const bob = made.fake.person('+15550101')
    const { guid } = bob.dm
    const unlock = made.fake.database.lock()
    await expect(made.send(guid, 'x')).rejects.toMatchObject({ kind: 'unsent' })
    unlock()
    await made.send(guid, 'y')
  })
})

describe.concurrent('files', () => {
  it('go one by one, from where Messages may read, and are not taken for the owner’s', async () => {
    await using made = await startAdapter()
    const { fake } = made
    const self = fake.owner.selfChat()
    const bytes = Buffer.from('all good')
    for (const name of ['report.txt', 'report.txt', 'other.pdf']) {
      await made.send(self.guid, '', { files: [fileOf(name, bytes)] })
    }
    const sent = fake.sent(self.guid).map(({ file }) => file)
    expect(sent.map((file) => file?.name)).toEqual(['report.txt', 'report.txt', 'other.pdf'])
    expect(sent[0]?.path.startsWith(join(fake.directory, 'Attachments', 'backchannel'))).toBe(true)
    expect(readFileSync(sent[0]?.path ?? '')).toEqual(bytes)
    expect(statSync(dirname(sent[0]?.path ?? '')).mode & 0o077).toBe(0)
    fake.owner.says(self, 'got them')
    await made.settled()
    expect(made.messages.map(({ text }) => text)).toEqual(['got them'])
  })

  it('go from our own folder where that of Messages can not be written to', async () => {
    const { writeFileSync } = await import('node:fs')
    await using made = await startAdapter()
    const { fake } = made
    writeFileSync(join(fake.directory, 'Attachments', 'backchannel'), 'in the way')
    await made.send(fake.owner.selfChat().guid, '', { files: [fileOf('a.txt', Buffer.from('x'))] })
    const path = fake.sent()[0]?.file?.path ?? ''
    expect(path).toContain(`${join('state', 'outgoing')}/`)
    expect(readdirSync(dirname(path))).toEqual(['a.txt'])
  })
})

it('what was left of sending is deleted after a day', async () => {
  const { mkdirSync, utimesSync, writeFileSync } = await import('node:fs')
  await using made = await startAdapter()
  const self = made.fake.owner.selfChat()
  await made.send(self.guid, '', { files: [fileOf('a.txt', Buffer.from('x'))] })
  const staged = join(made.fake.directory, 'Attachments', 'backchannel')
  const old = join(staged, 'out-old')
  mkdirSync(old)
  writeFileSync(join(old, 'b.txt'), 'x')
  utimesSync(old, new Date(0), new Date(0))
  await made.send(self.guid, '', { files: [fileOf('c.txt', Buffer.from('x'))] })
  expect(existsSync(old)).toBe(false)
  expect(readdirSync(staged)).toHaveLength(2)
})

it.each([
  ['darwin', {}, undefined],
  ['linux', {}, /iMessage needs a Mac: .* this is Linux/],
  ['win32', {}, /this is Windows/],
  ['linux', { IMESSAGE_TEST_PROGRAMS: '/programs' }, undefined],
] as const)('on %s with %j it refuses or not', (platform, env, words) => {
  const check = () => assertMac(env, platform)
  if (words) expect(check).toThrow(words)
  else expect(check).not.toThrow()
})

it.each([
  [undefined, 'Sent by an agent'],
  ['true', 'Sent by an agent'],
  ['false', undefined],
  ['Sent by Claude', 'Sent by Claude'],
])('IMESSAGE_APPEND_SIGNATURE=%s gives the signature %s', (value, signature) => {
  expect(parseConfig({ IMESSAGE_APPEND_SIGNATURE: value }).signature).toBe(signature)
})

it('a program that is not there is told', async () => {
  const limits = { program: '/nowhere/osascript', limitMs: 1_000, signal: new AbortController().signal }
  expect(await runScript('', [], limits)).toMatchObject({ kind: 'failed', words: expect.stringContaining('ENOENT') })
})

it('an SMS chat is tried under its own service', () => {
  const chat = { rowId: 1, guid: 'any;-;+1', isGroup: false, identifier: '+1', service: 'SMS', name: undefined }
  expect(targetsOf(chat).map(({ id }) => id)).toEqual(['any;-;+1', 'SMS;-;+1'])
})
