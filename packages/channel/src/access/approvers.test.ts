/** Who may approve, with and without a file that says so, and by whose word that changes. */
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTempDirectory } from '@backchannel/testkit'
import { describe, expect, it } from 'vitest'
import { createLog } from '../log.ts'
import { createAccessStore } from './access-store.ts'
import { createApprovers, type NamedApprovers } from './approvers.ts'
import { MOST_APPROVERS } from './approvers-file.ts'

const prepare = async (files: Readonly<Record<string, unknown>> = {}) => {
  const folder = await createTempDirectory()
  const path = (name: string) => join(folder.path, name)
  const write = (name: string, content: unknown) =>
    writeFile(path(name), typeof content === 'string' ? content : JSON.stringify(content))
  for (const [name, content] of Object.entries(files)) await write(name, content)
  const said: string[] = []
  const log = createLog('telegram', (line) => said.push(line))
  const store = createAccessStore({ file: path('access.json'), log: createLog('telegram', () => {}) })
  const allowed = async () => (await store.load()).allowFrom
  const create = (operatorWord: boolean, named?: NamedApprovers) =>
    createApprovers({
      ...{ directory: folder.path, operatorWord, log, command: '/telegram:access', allowed },
      ...(named ? { named } : {}),
    })
  const read = async () => JSON.parse(await readFile(path('approvers.json'), 'utf8')) as Record<string, unknown>
  return { create, said, path, write, read, [Symbol.asyncDispose]: () => folder.remove() }
}
const ids = async (approvers: ReturnType<typeof createApprovers>) =>
  (await approvers.list()).map(({ sender }) => sender)
const person = (sender: string) => ({ sender, chat: sender })
const BOTH = [
  ['our host', true],
  ['a stock host', false],
] as const

describe.each(BOTH)('in %s', (_, operatorWord) => {
  it('nobody is an approver of a channel that lets nobody in', async () => {
    await using made = await prepare()
    const approvers = made.create(operatorWord)
    expect([await approvers.list(), await approvers.mode(), made.said]).toEqual([[], 'origin', []])
  })

  it('a single allowed sender is the owner', async () => {
    await using made = await prepare({ 'access.json': { allowFrom: ['42', '42'] } })
    expect(await made.create(operatorWord).list()).toEqual([person('42')])
    expect(made.said).toEqual([])
  })

  it('of several nobody is, and one notice says how to name one', async () => {
    await using made = await prepare({ 'access.json': { allowFrom: ['1', '2', '3'] } })
    const approvers = made.create(operatorWord)
    expect([await approvers.list(), await approvers.list()]).toEqual([[], []])
    expect(made.said).toHaveLength(1)
    expect(made.said[0]).toMatch(/3 senders may write .* terminal only.*\/telegram:access approver add SENDER/)
    await approvers.add(person('2'))
    expect(await ids(approvers)).toEqual(['2'])
  })

  it.each([
    ['approvers.json', '{"approvers": ['],
    ['approvers.json', { approvers: 'ada' }],
    ['approvers.json', { approvers: [{ sender: '' }] }],
    ['approvers.json', { relay: 'everybody', approvers: [person('1')] }],
    ['approvers.json', []],
    ['access.json', '{'],
    ['access.json', { allowFrom: '42' }],
  ])('a %s that holds %j makes nobody an approver, is told once, and stays as it is', async (name, content) => {
    await using made = await prepare({ [name]: content })
    const approvers = made.create(operatorWord)
    const before = await readFile(made.path(name), 'utf8')
    expect([await approvers.list(), await approvers.list()]).toEqual([[], []])
    expect(made.said).toHaveLength(1)
    expect(made.said[0]).toContain(`${made.path(name)} can't be used`)
    const refused = { code: 'state-invalid' }
    await expect(approvers.add(person('9'))).rejects.toMatchObject(refused)
    await expect(approvers.remove('9')).rejects.toMatchObject(refused)
    await expect(approvers.setMode('dm')).rejects.toMatchObject(refused)
    expect(await readFile(made.path(name), 'utf8')).toBe(before)
    expect(await approvers.list()).toEqual([])
  })

  it('the owner without a file stays one when others come, when the relay changes, and goes when removed', async () => {
    await using made = await prepare({ 'access.json': { allowFrom: ['42'] } })
    const approvers = made.create(operatorWord)
    expect(await approvers.remove('7')).toBe(false)
    expect(await ids(approvers)).toEqual(['42'])
    await approvers.setMode('dm')
    expect(await approvers.add(person('7'))).toBe(true)
    expect([await ids(approvers), await approvers.mode()]).toEqual([['42', '7'], 'dm'])
    expect(await approvers.remove('42')).toBe(true)
    expect(await ids(approvers)).toEqual(['7'])
    await approvers.remove('7')
    expect(await ids(approvers)).toEqual([])
  })

  it('loses none of many at once, keeps foreign keys, and the file is for its owner alone', async () => {
    await using made = await prepare({ 'approvers.json': { note: 'mine', relay: 'dm', approvers: [person('0')] } })
    const approvers = made.create(operatorWord)
    await Promise.all(Array.from({ length: 20 }, (_, at) => approvers.add(person(String(at)))))
    expect((await ids(approvers)).sort()).toEqual(Array.from({ length: 20 }, (_, at) => String(at)).sort())
    expect(await made.read()).toMatchObject({ note: 'mine', relay: 'dm' })
    expect((await stat(made.path('approvers.json'))).mode & 0o777).toBe(0o600)
  })

  it('an approver can move to another chat, and is one only once', async () => {
    await using made = await prepare()
    const approvers = made.create(operatorWord)
    expect([await approvers.add(person('a')), await approvers.add(person('a'))]).toEqual([true, false])
    expect(await approvers.add({ sender: 'a', chat: 'tab-2' })).toBe(true)
    expect(await approvers.list()).toEqual([{ sender: 'a', chat: 'tab-2' }])
  })

  it.each(['', ' ', 'a\nb', 'a\u202eb', 'x'.repeat(201)])(
    '%j is refused as an id, since it would spoil the file',
    async (sender) => {
      await using made = await prepare()
      const approvers = made.create(operatorWord)
      await expect(approvers.add(person(sender))).rejects.toMatchObject({ code: 'arguments-invalid' })
      expect(await approvers.list()).toEqual([])
    },
  )

  it('the list has an end that is told, and the file can still be read then', async () => {
    const most = Array.from({ length: MOST_APPROVERS }, (_, at) => person(`p${at}`))
    await using made = await prepare({ 'approvers.json': { approvers: most } })
    const approvers = made.create(operatorWord)
    await expect(approvers.add(person('more'))).rejects.toMatchObject({ code: 'arguments-invalid' })
    expect(await approvers.list()).toHaveLength(MOST_APPROVERS)
  })
})

describe('in our host, whose operator speaks over the pipe,', () => {
  it('a script that edits the file gains nothing, and what it wrote goes with the next word', async () => {
    await using made = await prepare({ 'approvers.json': { approvers: [person('owner')] } })
    const approvers = made.create(true)
    expect(await ids(approvers)).toEqual(['owner'])
    await made.write('approvers.json', { relay: 'dm', approvers: [person('script'), person('owner')] })
    expect([await ids(approvers), await approvers.mode()]).toEqual([['owner'], 'origin'])
    await approvers.add(person('ada'))
    expect(await ids(approvers)).toEqual(['owner', 'ada'])
    expect(await made.read()).toEqual({ relay: 'origin', approvers: [person('owner'), person('ada')] })
  })

  it('a file that went bad meanwhile is not written over', async () => {
    await using made = await prepare({ 'approvers.json': { approvers: [person('owner')] } })
    const approvers = made.create(true)
    await approvers.list()
    await made.write('approvers.json', '{"approvers": [')
    await expect(approvers.add(person('ada'))).rejects.toMatchObject({ code: 'state-invalid' })
    expect(await ids(approvers)).toEqual(['owner'])
  })

  it('a word that comes while the list is read first is not lost', async () => {
    await using made = await prepare({ 'approvers.json': { approvers: [person('owner')] } })
    const approvers = made.create(true)
    await Promise.all([approvers.list(), approvers.add(person('ada')), approvers.list()])
    expect(await ids(approvers)).toEqual(['owner', 'ada'])
  })
})

it('in a stock host another program changes the list, which counts at once', async () => {
  await using made = await prepare({ 'approvers.json': { approvers: [person('owner')] } })
  const [channel, program] = [made.create(false), made.create(false)]
  await channel.list()
  await program.remove('owner')
  await program.add(person('ada'))
  expect(await ids(channel)).toEqual(['ada'])
})

describe('of a channel whose settings name them', () => {
  it.each(BOTH)('no file and no word names another; the relay mode is the operator’s (%s)', async (_, operatorWord) => {
    await using made = await prepare({
      'approvers.json': { relay: 'dm', approvers: [person('eve')] },
      'access.json': { allowFrom: ['eve'] },
    })
    const list = [person('pager')]
    const approvers = made.create(operatorWord, {
      list: () => list,
      fingerprint: () => 'k1',
      where: 'It is said in sources.json.',
    })
    expect([await ids(approvers), await approvers.mode()]).toEqual([['pager'], 'dm'])
    await expect(approvers.add(person('eve'))).rejects.toMatchObject({ code: 'arguments-invalid' })
    await expect(approvers.remove('pager')).rejects.toMatchObject({ hint: 'It is said in sources.json.' })
    await approvers.setMode('off')
    list.length = 0
    expect([await ids(approvers), await approvers.mode(), made.said]).toEqual([[], 'off', []])
  })
})

describe.each(BOTH)('the digest in %s', (_, operatorWord) => {
  it('is another for other approvers, and the same for a process that reads the same list', async () => {
    await using made = await prepare({ 'approvers.json': { approvers: [person('1')] } })
    const approvers = made.create(operatorWord)
    const first = await approvers.digest()
    await approvers.setMode('dm')
    expect(await made.create(operatorWord).digest()).toBe(first)
    await approvers.add(person('2'))
    expect(await approvers.digest()).not.toBe(first)
    expect(await made.create(operatorWord).digest()).toBe(await approvers.digest())
    await approvers.remove('2')
    expect(await approvers.digest()).toBe(first)
    await made.write('approvers.json', { approvers: [{ sender: '1', chat: 'elsewhere' }] })
    expect(await made.create(operatorWord).digest()).not.toBe(first)
  })
})
