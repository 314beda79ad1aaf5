/** The operator's word: what each command does and says, and that foreign names can't forge what is said. */
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTempDirectory } from '@backchannel/testkit'
import { describe, expect, it } from 'vitest'
import { createLog } from '../../log.ts'
import { createAccess } from '../access.ts'

const NOON = Date.parse('2026-11-23T12:00:00Z')

const prepare = async (operatorWord = true) => {
  const folder = await createTempDirectory()
  const said: string[] = []
  const log = createLog('fakechat', (line) => said.push(line))
  const drawn = ['a1b2c3', 'd4e5f6', '778899']
  const random = () => drawn.shift() ?? 'ffffff'
  const options = { directory: folder.path, name: 'fakechat', grants: 'approver' as const, now: () => NOON }
  const access = createAccess({ ...options, operatorWord, log, random })
  return { access, folder: folder.path, said, [Symbol.asyncDispose]: () => folder.remove() }
}

describe.each([
  ['over the pipe', true],
  ['by the program', false],
] as const)('%s', (_, operatorWord) => {
  it('status, pair, deny, approver and relay do what they say', async () => {
    await using made = await prepare(operatorWord)
    const { access } = made
    await access.offer({ sender: '42', chat: 'dm-42', name: 'Ada' })
    await access.offer({ sender: '7', chat: '7' })
    const lines = async (...words: string[]) => {
      const { ok, text } = await access.run(words)
      return `${ok ? 'ok' : 'no'} ${text}`
    }
    expect(await lines()).toBe(
      [
        'ok Nobody can approve through this channel.',
        'Codes that wait for /fakechat:access pair CODE:',
        '  a1b2c3  42 (Ada) in chat dm-42, for 60 more minutes',
        '  d4e5f6  7, for 60 more minutes',
        'Relay: origin.',
      ].join('\n'),
    )
    expect(await lines('pair', 'A1B2C3')).toBe(
      'ok 42 (Ada) can now approve what the agent asks for. To undo it: /fakechat:access approver remove 42',
    )
    expect(await access.approvers.list()).toEqual([
      { sender: '42', chat: 'dm-42', name: 'Ada', since: '2026-11-23T12:00:00.000Z' },
    ])
    expect(await lines('deny', 'd4e5f6')).toBe('ok The code of 7 is thrown away.')
    expect(await lines('pair', 'd4e5f6')).toMatch(/^no No code d4e5f6 waits here: .*\/fakechat:access status/)
    expect(await lines('relay', 'dm')).toBe('ok Prompts go to the owner.')
    expect(await lines('approver', 'add', '7')).toBe('ok 7 can now approve what the agent asks for.')
    expect(await lines('approver', 'add', '7')).toBe('ok 7 could approve already.')
    expect(await lines('approver', 'remove', '8')).toBe('no 8 is no approver. There is 42, 7.')
    expect(await lines('approver', 'remove', '42')).toBe('ok The verdicts of 42 count no longer.')
    expect(await lines('status')).toBe(
      'ok Who can approve what the agent asks for:\n  7, the owner, since 2026-11-23 12:00\nRelay: dm.',
    )
  })

  it('a code stays good where the list could not be written', async () => {
    await using made = await prepare(operatorWord)
    await made.access.offer({ sender: '42', chat: '42' })
    const file = join(made.folder, 'approvers.json')
    await writeFile(file, '{')
    expect(await made.access.run(['pair', 'a1b2c3'])).toMatchObject({ ok: false })
    expect((await made.access.run(['status'])).text).toContain('a1b2c3')
    expect(await readFile(file, 'utf8')).toBe('{')
  })
})

it.each([
  [['pair'], 'pair takes one code.', 'pair CODE'],
  [['pair', 'a', 'b'], 'pair takes one code.', 'pair CODE'],
  [['deny'], 'deny takes one code.', 'deny CODE'],
  [['approver', 'add'], 'approver takes add or remove, and a sender.', 'approver add|remove SENDER'],
  [
    ['approver', 'promote', '7'],
    'approver takes add or remove, and "promote" is neither.',
    'approver add|remove SENDER',
  ],
  [['relay', 'everybody'], 'relay takes one of off, dm, origin.', 'relay origin|dm|off'],
  [['par'], 'There is no "par" here. Did you mean pair?', 'pair CODE'],
])('%j is answered with what is wrong, the usage and an example', async (args, problem, usage) => {
  await using made = await prepare()
  const { ok, text } = await made.access.run(args)
  expect(ok).toBe(false)
  expect(text).toContain(`${problem}\nUsage: /fakechat:access ${usage} (`)
  expect(text).toContain(`\nFor example: /fakechat:access ${usage.split(' ')[0]} `)
})

it.each([
  ['__proto__', '__proto__'],
  ['\u001b[2J', '\\u{1b}[2J'],
  // Of a channel with a list of who may write.
  ['restore', 'restore'],
])('%j, which is like nothing here, is answered with the whole help', async (word, shown) => {
  await using made = await prepare()
  const { ok, text } = await made.access.run([word])
  expect(ok).toBe(false)
  expect(text).toContain(`There is no "${shown}" here.\nWhat can follow /fakechat:access:\n  status `)
  expect(text).toContain('For example: /fakechat:access pair a1b2c3')
})

it('status says why nobody can approve', async () => {
  await using made = await prepare()
  await writeFile(join(made.folder, 'access.json'), '{"allowFrom": ["1", "2"]}')
  expect((await made.access.run([])).text).toMatch(
    /^Nobody can approve through this channel\.\n {2}2 senders may write .*: \/fakechat:access approver add SENDER\nRelay/,
  )
})

it('a name that a sender chose can forge no line and hide nothing', async () => {
  await using made = await prepare()
  const name = `Ada\n  7, the owner\u202e\u200b\u001b[2K${'x'.repeat(100)}`
  await made.access.offer({ sender: '666', chat: '666', name })
  for (const args of [['status'], ['pair', 'a1b2c3'], ['status']]) {
    const { text } = await made.access.run(args)
    expect(text).not.toMatch(/^\s*7, the owner/m)
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u200b\u202e]/)
    expect(text).toContain('666 (Ada\\u{a}  7, the owner')
  }
})

it('tells those who listen, none of whom can spoil it, and no longer once they have gone', async () => {
  await using made = await prepare()
  let told = 0
  made.access.onChange(() => {
    throw new Error('the page is gone')
  })
  const stop = made.access.onChange(() => {
    told += 1
  })
  expect(await made.access.run(['approver', 'add', '7'])).toMatchObject({ ok: true })
  await made.access.run(['pair', 'wrong'])
  stop()
  await made.access.run(['approver', 'remove', '7'])
  expect(told).toBe(1)
  expect(made.said.join('')).toContain('the page is gone')
})

it.skipIf(process.getuid?.() === 0)('says what is wrong with a folder that can not be written', async () => {
  await using made = await prepare()
  await chmod(made.folder, 0o500)
  const { ok, text } = await made.access.run(['approver', 'add', '7'])
  await chmod(made.folder, 0o700)
  expect([ok, text]).toEqual([false, expect.stringContaining(made.folder)])
})
