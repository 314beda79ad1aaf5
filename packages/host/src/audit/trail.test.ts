/** What the trail says of a decision, how sessions chain to each other, and what becomes of it where it can't be written. */
import { chmod, mkdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTinyDisk, tinyDiskProblem } from '@backchannel/testkit'
import { describe, expect, test } from 'vitest'
import { createAuditBench, decisionOf } from '../testing/audit.ts'
import { LONGEST_ARGUMENTS } from './arguments.ts'
import { readDecisions } from './read.ts'
import { createAuditTrail } from './trail.ts'
import { verifyTrail } from './verify.ts'

const noDisk = await tinyDiskProblem()
const KEY = 'ghp_abcdefghijklmnopqrstuvwxyz0123456789'

describe('a line', () => {
  test('says when, where, what, who, and for which turn, and chains to the one before', async () => {
    const bench = await createAuditBench(() => new Date('2026-11-27T02:59:35Z'))
    const trail = bench.open('s-1')
    trail.record(
      decisionOf(`curl -H ${KEY}`, {
        by: { kind: 'channel', source: 'fakechat', sender: 'u1' },
        requestId: 'qwert',
        origin: { source: 'fakechat', chatId: 'c1', eventId: 'e1' },
      }),
    )
    trail.close('end')
    expect(await bench.files()).toEqual(['000001.jsonl', 'heads'])
    const [opened, decision, closed] = await bench.lines('000001.jsonl')
    expect(opened).toMatchObject({
      seq: 0,
      kind: 'opened',
      number: 1,
      session: 's-1',
      project: '/src/app',
      retired: '',
    })
    expect(decision).toEqual({
      seq: 1,
      prev: expect.stringMatching(/^[0-9a-f]{64}$/),
      kind: 'decision',
      at: '2026-11-27T02:59:35.000Z',
      session: 's-1',
      project: '/src/app',
      tool: 'Bash',
      behavior: 'allow',
      by: { kind: 'channel', source: 'fakechat', sender: 'u1' },
      scope: 'once',
      request_id: 'qwert',
      origin: { source: 'fakechat', chat_id: 'c1', event_id: 'e1' },
      digest: decisionOf(`curl -H ${KEY}`).digest,
      arguments: { command: 'curl -H [REDACTED]' },
    })
    expect(closed).toMatchObject({ seq: 2, kind: 'closed', reason: 'end' })
    expect(verifyTrail(bench.folder)).toMatchObject({ ok: true, files: 1, decisions: 1, notes: [] })
  })

  test('keeps long arguments by their start and end, and a key across the cut stays out', async () => {
    const bench = await createAuditBench()
    const trail = bench.open('s-1')
    const start = 'x'.repeat(LONGEST_ARGUMENTS / 2 - 30)
    trail.record(decisionOf(`${start} ${KEY} ${'y'.repeat(LONGEST_ARGUMENTS)}; rm -rf /the-end`))
    const [, line] = await bench.lines('000001.jsonl')
    expect(line).not.toHaveProperty('arguments')
    expect(line?.['arguments_cut']).toMatchObject({ end: expect.stringMatching(/; rm -rf \/the-end"\}$/) })
    expect(JSON.stringify(line)).not.toContain('ghp_')
  })

  test.each([
    ['a key named like a number, and __proto__', JSON.parse('{"2":1,"__proto__":{"a":1},"1":2}')],
    ['text that breaks lines', { command: 'a\nb\r\n\u2028\u0000', more: '\ud800' }],
    ['none', undefined],
  ])('of %s is one line', async (_name, input) => {
    const bench = await createAuditBench()
    const trail = bench.open('s-1')
    trail.record(decisionOf('x', { input }))
    trail.close('end')
    expect(await bench.lines('000001.jsonl')).toHaveLength(3)
    expect(verifyTrail(bench.folder).ok).toBe(true)
  })
})

describe('sessions', () => {
  test('have a file each, which continues the one before, whoever writes first', async () => {
    const bench = await createAuditBench()
    const trails = ['a', 'b', 'c'].map((session) => bench.open(session))
    for (let round = 0; round < 20; round += 1) for (const trail of trails) trail.record(decisionOf(`round ${round}`))
    expect(verifyTrail(bench.folder)).toMatchObject({ ok: true, files: 3, decisions: 60 })
    for (const trail of trails.reverse()) trail.close('end')
    expect(verifyTrail(bench.folder).ok).toBe(true)
    expect(readDecisions(bench.folder, { last: 5, session: 'b' }).map(({ session }) => session)).toEqual(
      Array(5).fill('b'),
    )
  })

  test('without a decision leave nothing', async () => {
    const bench = await createAuditBench()
    bench.open('s-1').close('end')
    expect(verifyTrail(bench.folder)).toMatchObject({ ok: true, files: 0 })
    await expect(stat(bench.folder)).rejects.toThrow('ENOENT')
  })

  test.runIf(process.platform !== 'win32')('keep what they write from other users', async () => {
    const bench = await createAuditBench()
    bench.open('s-1').record(decisionOf('x'))
    const modes = await Promise.all(['', '000001.jsonl', 'heads'].map((name) => stat(join(bench.folder, name))))
    expect(modes.map(({ mode }) => (mode & 0o777).toString(8))).toEqual(['700', '600', '600'])
  })

  test('go on in a further file when one is full, and the decisions stay in order', async () => {
    const bench = await createAuditBench()
    const trail = bench.open('s-1', { fileBytes: 2_000 })
    for (let at = 0; at < 30; at += 1) trail.record(decisionOf(`number ${at}`))
    trail.close('end')
    expect(verifyTrail(bench.folder)).toMatchObject({ ok: true, decisions: 30 })
    const second = await bench.lines('000002.jsonl')
    expect(second[0]).toMatchObject({ continues: 1 })
    expect((await bench.lines('000001.jsonl')).at(-1)).toMatchObject({ kind: 'closed', reason: 'continued' })
    const commands = readDecisions(bench.folder, { last: 12 }).map((line) => line['arguments'])
    expect(commands).toEqual(Array.from({ length: 12 }, (_, at) => ({ command: `number ${at + 18}` })))
  })
})

describe('retention', () => {
  test('removes the oldest by number, says so in the chain, and that is no gap', async () => {
    const bench = await createAuditBench()
    for (let at = 0; at < 6; at += 1) {
      const trail = bench.open(`s-${at}`, { files: 3 })
      trail.record(decisionOf('x'))
      trail.close('end')
    }
    expect(await bench.files()).toEqual(['000004.jsonl', '000005.jsonl', '000006.jsonl', 'heads'])
    expect(verifyTrail(bench.folder)).toMatchObject({ ok: true, files: 3, retired: '1-3' })
    await rm(join(bench.folder, '000004.jsonl'))
    expect(verifyTrail(bench.folder).problems).toMatchObject([{ file: '000004.jsonl', problem: 'the file is missing' }])
  })

  test('removes the oldest by size', async () => {
    const bench = await createAuditBench()
    for (let at = 0; at < 4; at += 1) {
      const trail = bench.open(`s-${at}`, { bytes: 5_000 })
      trail.record(decisionOf('x'.repeat(3_000)))
      trail.close('end')
    }
    expect(verifyTrail(bench.folder)).toMatchObject({ ok: true, files: 2, retired: '1-2' })
  })

  test('leaves a session that runs its file, however old, and takes that of a killed one after a day', async () => {
    const bench = await createAuditBench()
    const running = bench.open('running', { files: 1 })
    running.record(decisionOf('x'))
    const old = new Date(Date.now() - 2 * 86_400_000)
    await utimes(join(bench.folder, '000001.jsonl'), old, old)
    for (const session of ['a', 'b']) {
      const trail = bench.open(session, { files: 1 })
      trail.record(decisionOf('x'))
      trail.close('end')
    }
    running.record(decisionOf('still here'))
    expect(verifyTrail(bench.folder)).toMatchObject({ ok: true, files: 2, retired: '2', decisions: 3 })
  })

  test('finishes what a session that was killed has begun, and clears what it left', async () => {
    const bench = await createAuditBench()
    const first = bench.open('s-1')
    first.record(decisionOf('x'))
    first.close('end')
    const before = bench.open('s-2', { files: 1 })
    before.record(decisionOf('x'))
    expect(verifyTrail(bench.folder).retired).toBe('1')
    // As if it had been killed before the file was gone.
    await writeFile(join(bench.folder, '000001.jsonl'), '')
    const left = join(bench.folder, '.opening-left')
    await writeFile(left, '')
    await utimes(left, 0, 0)
    bench.open('s-3').record(decisionOf('x'))
    expect(await bench.files()).toEqual(['000002.jsonl', '000003.jsonl', 'heads'])
  })
})

describe('what cannot be written', () => {
  test('is refused with words that say where and what to do, told once; the session goes on', async () => {
    const bench = await createAuditBench()
    await writeFile(bench.folder, 'a file where the folder should be')
    const trail = bench.open('s-1')
    for (let at = 0; at < 2; at += 1) expect(() => trail.record(decisionOf('x'))).toThrow(/cannot be written \(E/)
    expect(bench.problems).toHaveLength(1)
    expect(bench.problems[0]).toContain(`The audit trail in ${bench.folder} cannot be written`)
    expect(bench.problems[0]).toContain('Free space')
    await rm(bench.folder)
    trail.record(decisionOf('x'))
    expect(verifyTrail(bench.folder)).toMatchObject({ ok: true, decisions: 1 })
  })

  test('after the end is not recorded', async () => {
    const bench = await createAuditBench()
    const trail = bench.open('s-1')
    trail.close('end')
    expect(() => trail.record(decisionOf('x'))).toThrow('The session has ended')
  })

  test('into a file that somebody removed goes into the next one, and the gap is noticed', async () => {
    const bench = await createAuditBench()
    const trail = bench.open('s-1')
    trail.record(decisionOf('x'))
    await rm(join(bench.folder, '000001.jsonl'))
    trail.record(decisionOf('y'))
    expect(verifyTrail(bench.folder).problems).toMatchObject([{ file: '000001.jsonl', problem: 'the file is missing' }])
    expect((await bench.lines('000002.jsonl'))[1]).toMatchObject({ arguments: { command: 'y' } })
  })

  test.runIf(noDisk === undefined)(
    'for want of space is refused whole, and goes on when there is space again',
    async () => {
      await using disk = await createTinyDisk(256)
      const folder = join(disk.path, 'audit')
      const trail = createAuditTrail({ folder }, { session: 's', project: '/src/app', problem: () => {} })
      trail.record(decisionOf('before'))
      disk.fill()
      const big = decisionOf('x'.repeat(20_000))
      expect(() => trail.record(big)).toThrow(/ENOSPC/)
      expect(() => createAuditTrail({ folder }, { session: 't', project: '/', problem: () => {} }).record(big)).toThrow(
        /ENOSPC/,
      )
      expect(verifyTrail(folder)).toMatchObject({ ok: true, decisions: 1, notes: [] })
      disk.empty()
      trail.record(decisionOf('after'))
      trail.close('end')
      expect(verifyTrail(folder)).toMatchObject({ ok: true, decisions: 2, notes: [] })
    },
  )

  test.runIf(process.getuid?.() !== 0 && process.platform !== 'win32')('for want of rights is refused', async () => {
    const bench = await createAuditBench()
    await mkdir(bench.folder)
    await chmod(bench.folder, 0o500)
    expect(() => bench.open('s-1').record(decisionOf('x'))).toThrow(/EACCES/)
  })
})
