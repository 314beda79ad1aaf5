/** `access.json` under other writers: half of a file lets nobody in, nothing is written over it, and no change is lost. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTempDirectory } from '@backchannel/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLog } from '../log.ts'
import { renderAccess } from './access-file.ts'
import { createAccessStore, PATIENCE_MS } from './access-store.ts'

const prepare = async (content?: unknown, options: { mode?: 'static'; patienceMs?: number } = {}) => {
  const folder = await createTempDirectory()
  const file = join(folder.path, 'access.json')
  const write = (value: unknown) => writeFile(file, typeof value === 'string' ? value : JSON.stringify(value))
  if (content !== undefined) await write(content)
  const said: string[] = []
  const log = createLog('telegram', (line) => said.push(line))
  const store = createAccessStore({ file, log, patienceMs: 60, ...options })
  const read = async () => JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>
  const close = async () => {
    store.close()
    await folder.remove()
  }
  return { store, file, folder: folder.path, write, read, said, [Symbol.asyncDispose]: close }
}
const allow = (store: ReturnType<typeof createAccessStore>, id: string) =>
  store.change((access) => renderAccess(access, { set: { allowFrom: [...access.allowFrom, id] } }))

describe('a file that can not be used', () => {
  it.each([
    ['half of it', '{"dmPolicy": "allowlist", "allowFrom": ["1"'],
    ['nothing', ''],
    ['another type', '[]'],
    ['a wrong field', { allowFrom: '1' }],
  ])('with %s in it lets nobody in, says where and why once, and stays as it is (S-6)', async (_, content) => {
    await using made = await prepare(content)
    const before = await readFile(made.file, 'utf8')
    for (let at = 0; at < 3; at += 1) expect((await made.store.read()).problem).toMatchObject({ code: 'state-invalid' })
    expect(made.said).toHaveLength(1)
    expect(made.said[0]).toContain(`${made.file} can't be used`)
    await expect(allow(made.store, '9')).rejects.toMatchObject({ code: 'state-invalid' })
    expect(await readFile(made.file, 'utf8')).toBe(before)
    await made.write({ allowFrom: ['1'] })
    expect((await made.store.read()).access?.allowFrom).toEqual(['1'])
    expect(made.said.at(-1)).toContain('in use again')
  })

  it('is waited for while somebody writes it', async () => {
    await using made = await prepare('{"allowFrom": [', { patienceMs: 30_000 })
    const readings = [made.store.read(), made.store.read(), allow(made.store, '2')]
    await made.write({ allowFrom: ['1'] })
    const [one] = await Promise.all(readings)
    expect(one).toMatchObject({ access: { allowFrom: ['1'] } })
    expect(await made.read()).toMatchObject({ allowFrom: ['1', '2'] })
    expect(PATIENCE_MS).toBe(1_000)
  })

  it('that was there and is gone lets nobody in: its policy may have been the stricter one', async () => {
    await using made = await prepare({ dmPolicy: 'disabled' })
    await made.store.read()
    await rm(made.file)
    expect((await made.store.read()).problem?.message).toContain('was here and is gone')
    await expect(allow(made.store, '9')).rejects.toMatchObject({ code: 'state-invalid' })
    await made.write({ dmPolicy: 'disabled' })
    expect((await made.store.read()).access?.dmPolicy).toBe('disabled')
  })

  it('is a folder, or closed to us: the same', async () => {
    await using made = await prepare()
    await mkdir(made.file)
    expect((await made.store.read()).problem).toMatchObject({ code: 'state-unwritable' })
    if (process.getuid?.() === 0) return
    await using other = await prepare({ allowFrom: ['1'] })
    await chmod(other.file, 0o000)
    expect((await other.store.read()).problem).toMatchObject({ code: 'state-unwritable' })
  })
})

it('no file is an empty one, and only a word of the operator makes it', async () => {
  await using made = await prepare()
  expect((await made.store.read()).access).toMatchObject({ dmPolicy: 'pairing', allowFrom: [] })
  made.store.watch(() => {})
  await made.store.read()
  expect(await readdir(made.folder)).toEqual([])
  await allow(made.store, '1')
  expect(await made.read()).toEqual({ allowFrom: ['1'], groups: {}, pending: {} })
})

it('static: read once, with no codes, and never changed', async () => {
  await using made = await prepare(
    { allowFrom: ['1'], pending: { a1b2c3: { senderId: '7', expiresAt: 9e15 } } },
    { mode: 'static' },
  )
  expect((await made.store.read()).access).toMatchObject({ dmPolicy: 'allowlist', allowFrom: ['1'], pending: [] })
  await made.write({ allowFrom: ['1', '2'] })
  expect((await made.store.read()).access?.allowFrom).toEqual(['1'])
  await expect(allow(made.store, '3')).rejects.toMatchObject({ code: 'access-static' })
  expect(made.said).toHaveLength(1)
})

it('static: a file that is disabled stays disabled', async () => {
  await using made = await prepare({ dmPolicy: 'disabled' }, { mode: 'static' })
  expect((await made.store.read()).access?.dmPolicy).toBe('disabled')
})

it('says what others change, and not what was changed by a word here', async () => {
  await using made = await prepare({ allowFrom: ['1'] })
  const changes: unknown[] = []
  await made.store.read()
  made.store.watch((now, before) => changes.push([before?.allowFrom, now.access?.allowFrom]))
  await allow(made.store, '2')
  await made.write({ allowFrom: ['1', '2', '3'] })
  await expect
    .poll(() => changes)
    .toEqual([
      [
        ['1', '2'],
        ['1', '2', '3'],
      ],
    ])
})

it('keeps the last file that could be read beside it, without codes', async () => {
  await using made = await prepare({ allowFrom: ['1'], ours: 1, pending: { a1b2c3: { senderId: '7', expiresAt: 1 } } })
  made.store.watch(() => {})
  const copy = `${made.file}.last-good`
  await expect.poll(() => readFile(copy, 'utf8').catch(() => '')).toContain('"1"')
  expect(JSON.parse(await readFile(copy, 'utf8'))).toEqual({ allowFrom: ['1'], ours: 1 })
  expect((await stat(copy)).mode & 0o777).toBe(0o600)
  await made.write('{')
  await made.store.read()
  expect(await readFile(copy, 'utf8')).toContain('"1"')
})

/** What a skill, an editor or an official server does: the whole file, read, changed and written with no lock of ours. */
const foreign = fc.record({
  after: fc.nat({ max: 6 }),
  by: fc.constantFrom('write', 'rename'),
})

it('loses no change, neither its own nor that of somebody who takes no lock (S-7)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(foreign, { maxLength: 6 }), fc.integer({ min: 1, max: 5 }), async (others, count) => {
      await using made = await prepare({ allowFrom: [], note: 'kept' })
      const { file, store } = made
      const own = Array.from({ length: count }, (_, at) => allow(store, `own ${at}`))
      const write = async (by: string, id: string, after: number) => {
        for (let turn = 0; turn < after; turn += 1) await new Promise((resolve) => setImmediate(resolve))
        const now = JSON.parse(readFileSync(file, 'utf8')) as { allowFrom: string[] }
        const text = JSON.stringify({ ...now, allowFrom: [...now.allowFrom, id] })
        if (by === 'write') return writeFileSync(file, text)
        mkdirSync(`${file}.aside`, { recursive: true })
        writeFileSync(join(`${file}.aside`, id), text)
        renameSync(join(`${file}.aside`, id), file)
      }
      await Promise.all([...own, ...others.map(({ by, after }, at) => write(by, `other ${at}`, after))])
      const { allowFrom, note } = (await made.read()) as { allowFrom: string[]; note: string }
      expect(note).toBe('kept')
      expect([...allowFrom].sort()).toEqual(
        [...own.map((_, at) => `own ${at}`), ...others.map((_, at) => `other ${at}`)].sort(),
      )
    }),
    { numRuns: 40 },
  )
})
