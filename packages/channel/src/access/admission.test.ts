/** The way in with everything behind it: strangers, the first one paired, limits, the kill switch, and who is told. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTempDirectory } from '@backchannel/testkit'
import { describe, expect, it } from 'vitest'
import { createLog } from '../log.ts'
import { type AccessOptions, createAccess } from './access.ts'

const prepare = async (content?: unknown, options: Partial<AccessOptions> = {}) => {
  const folder = await createTempDirectory()
  const file = join(folder.path, 'access.json')
  if (content !== undefined) await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
  const said: string[] = []
  const told: unknown[] = []
  const clock = { time: Date.parse('2026-11-23T12:00:00Z') }
  let drawn = 0
  const create = (more: Partial<AccessOptions> = {}) =>
    createAccess({
      directory: folder.path,
      name: 'telegram',
      grants: 'sender',
      operatorWord: true,
      log: createLog('telegram', (line) => said.push(line)),
      now: () => clock.time,
      random: () => String(100_000 + ++drawn),
      ...options,
      ...more,
    })
  const access = create()
  access.onPaired((who) => void told.push(who))
  const dm = (sender: string, more: object = {}) =>
    access.admit({ sender, chat: sender, kind: 'direct', text: 'hello', ...more })
  const say = async (...words: string[]) => {
    const { ok, text } = await access.run(words)
    return `${ok ? 'ok' : 'no'} ${text}`
  }
  const read = async (name = 'access.json') =>
    JSON.parse(await readFile(join(folder.path, name), 'utf8')) as Record<string, unknown>
  const close = async () => {
    access.close()
    await folder.remove()
  }
  return { access, create, dm, say, read, said, told, clock, file, folder: folder.path, [Symbol.asyncDispose]: close }
}

describe.each([
  ['in our host', true],
  ['in a stock host', false],
] as const)('%s', (_, operatorWord) => {
  it('a stranger is shown a code twice, is paired by it, is told, and is the owner as the first', async () => {
    await using made = await prepare(undefined, { operatorWord })
    const { dm, say, access } = made
    expect(await dm('7', { name: 'Ada', handle: '@ada' })).toEqual({ kind: 'pair', code: '100002', isNew: true })
    expect(await dm('7')).toEqual({ kind: 'pair', code: '100002', isNew: false })
    expect(await dm('7')).toEqual({ kind: 'drop', reason: 'pairing-told' })
    expect(made.said.join('')).toContain('7 (Ada, @ada) asks to write, and was shown a code.')
    expect(made.said.join('')).not.toContain('100002')
    expect(await say('status')).toContain('  100002  7 (Ada, @ada), for 60 more minutes')
    expect(await say('pair', '100002')).toMatch(/^ok 7 \(Ada\) can write to the agent now, and as the first .* owner/)
    expect(made.told).toEqual([expect.objectContaining({ sender: '7', chat: '7' })])
    expect(await dm('7')).toEqual({ kind: 'admit' })
    expect(await made.read('approvers.json')).toMatchObject({ approvers: [{ sender: '7', name: 'Ada' }] })
    await dm('8')
    const [, code = ''] = /^ {2}(\d{6}) {2}8/m.exec(await say('status')) ?? []
    expect(await say('pair', code)).toMatch(/^ok 8 can write to the agent now\. To undo it/)
    expect((await access.approvers.list()).map(({ sender }) => sender)).toEqual(['7'])
    expect(await made.read()).toMatchObject({ allowFrom: ['7', '8'] })
  })

  it('the only one of an official set-up stays the owner when others are let in', async () => {
    await using made = await prepare({ allowFrom: ['7'], dmPolicy: 'allowlist' }, { operatorWord })
    expect(await made.dm('7')).toEqual({ kind: 'admit' })
    expect(await made.say('allow', '8')).toBe('ok 8 can write to the agent now.')
    const later = made.create({ operatorWord })
    expect((await later.approvers.list()).map(({ sender }) => sender)).toEqual(['7'])
  })

  it('removed is removed: neither heard nor asked', async () => {
    await using made = await prepare({ allowFrom: ['7'] }, { operatorWord })
    expect(await made.say('remove', '7')).toBe(
      'ok 7 can write no longer, and their answers to permission prompts count no longer.',
    )
    expect(await made.dm('7')).toMatchObject({ kind: 'pair' })
    expect(await made.access.approvers.list()).toEqual([])
    expect(await made.say('remove', '7')).toBe('no 7 is not on the list. Nobody is.')
  })

  it('disabled is a kill switch: messages, groups, what the agent sends, and prompts (S-16)', async () => {
    const groups = { '-100': { requireMention: false } }
    await using made = await prepare({ allowFrom: ['7'], groups }, { operatorWord })
    const group = { chat: '-100', kind: 'group' }
    expect(await made.dm('9', group)).toEqual({ kind: 'admit' })
    expect([await made.access.approvers.mode(), await made.access.mayReach({ chat: '-100' })]).toEqual(['origin', true])
    expect(await made.say('policy', 'disabled')).toMatch(/^ok Nobody is heard from now on/)
    for (const message of [{}, group]) expect(await made.dm('7', message)).toEqual({ kind: 'drop', reason: 'disabled' })
    expect([await made.access.approvers.mode(), await made.access.mayReach({ chat: '-100' })]).toEqual(['off', false])
    // It is the file's word, and gone with it.
    await made.say('policy', 'allowlist')
    expect(await made.access.approvers.mode()).toBe('origin')
  })
})

it('a file that can not be used drops everything and asks nobody', async () => {
  await using made = await prepare({ allowFrom: '7' })
  expect(await made.dm('7')).toEqual({ kind: 'drop', reason: 'access-unreadable' })
  expect(await made.access.approvers.mode()).toBe('off')
  expect(await made.say('status')).toMatch(/^ok Nobody may write:\n {2}.*"allowFrom" is no list of ids/)
})

it('a sender who writes too much is stopped, others are not, and it fills again', async () => {
  await using made = await prepare({ allowFrom: ['7', '8'] }, { perMinute: 3 })
  const kinds = async (sender: string, count: number) => {
    const answers = []
    for (let at = 0; at < count; at += 1) answers.push((await made.dm(sender)).kind)
    return answers
  }
  expect(await kinds('7', 4)).toEqual(['admit', 'admit', 'admit', 'drop'])
  expect(await made.dm('7')).toEqual({ kind: 'drop', reason: 'rate-limited' })
  expect(await kinds('8', 1)).toEqual(['admit'])
  made.clock.time += 20_000
  expect(await kinds('7', 2)).toEqual(['admit', 'drop'])
  made.clock.time -= 3_600_000
  expect(await kinds('7', 1)).toEqual(['drop'])
})

it('a crowd of strangers does not fill the screen of the operator', async () => {
  await using made = await prepare()
  for (let at = 0; at < 50; at += 1) await made.dm(`s${at}`)
  expect(made.said).toHaveLength(5)
})

it('what somebody else lets in counts, is told with a way to see it, and makes no approver of a session', async () => {
  await using made = await prepare({ allowFrom: ['7'] })
  await made.access.approvers.list()
  made.access.watch()
  await writeFile(made.file, JSON.stringify({ allowFrom: ['7', '666'], dmPolicy: 'allowlist' }))
  await expect.poll(() => made.said.join('')).toContain('666 may write')
  expect(made.said.join('')).toContain('policy allowlist, before pairing')
  expect(await made.dm('666')).toEqual({ kind: 'admit' })
  expect((await made.access.approvers.list()).map(({ sender }) => sender)).toEqual(['7'])
})

it('who is taken off the list by anybody approves nothing any more, whatever the other list says', async () => {
  await using made = await prepare({ allowFrom: ['7', '8'] })
  expect(await made.say('approver', 'add', '9')).toMatch(/^ok 9 can now approve .*\nThey may not write yet.* allow 9$/)
  await made.say('approver', 'add', '7')
  const ids = async () => (await made.access.approvers.list()).map(({ sender }) => sender)
  expect(await ids()).toEqual(['7'])
  await made.say('allow', '9')
  expect(await ids()).toEqual(['9', '7'])
  await writeFile(made.file, JSON.stringify({ allowFrom: ['8', '9'] }))
  expect(await ids()).toEqual(['9'])
})

describe('approved/', () => {
  it('tells whom a skill has let in, once, in the chat it names; nobody else, no folder, no hidden file (S-20)', async () => {
    await using made = await prepare({ allowFrom: ['7', '8', 'folder'] }, { operatorWord: false })
    const approved = join(made.folder, 'approved')
    await mkdir(join(approved, 'folder'), { recursive: true })
    for (const [name, chat] of [
      ['.DS_Store', 'x'],
      ['666', '666'],
      ['7', 'dm-7\n'],
    ] as const)
      await writeFile(join(approved, name), chat)
    made.access.watch()
    await expect.poll(() => made.told).toEqual([{ sender: '7', chat: 'dm-7' }])
    await writeFile(join(approved, '8'), '')
    await expect.poll(() => made.told).toHaveLength(2)
    expect(made.told[1]).toEqual({ sender: '8', chat: '8' })
    expect((await readdir(approved)).sort()).toEqual(['.DS_Store', '666', 'folder'])
  })

  it('is how a program beside the channel has it tell them', async () => {
    await using made = await prepare(undefined, { operatorWord: false })
    made.access.watch()
    await made.dm('7')
    const beside = made.create({ isBeside: true })
    const { text } = await beside.run(['status'])
    const [, code = ''] = /^ {2}(\d{6}) {2}7/m.exec(text) ?? []
    expect(await beside.run(['pair', code])).toMatchObject({ ok: true })
    await expect.poll(() => made.told).toEqual([{ sender: '7', chat: '7' }])
    // One whose id is no name of a file is let in all the same.
    await made.dm('../x')
    const [, other = ''] = /^ {2}(\d{6}) {2}\.\./m.exec((await beside.run(['status'])).text) ?? []
    expect(await beside.run(['pair', other])).toMatchObject({ ok: true })
    expect((await readdir(made.folder)).includes('x')).toBe(false)
  })
})
