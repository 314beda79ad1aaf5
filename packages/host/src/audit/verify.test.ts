/** Whatever is changed in a trail is noticed, and whatever sessions do to one is not: several at once, killed, or removed. */
import { spawn } from 'node:child_process'
import { readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { waitFor } from '@backchannel/testkit'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type AuditBench, createAuditBench, decisionOf } from '../testing/audit.ts'
import { createFolder } from '../testing/folder.ts'
import { renderVerification } from './render.ts'
import { verifyTrail } from './verify.ts'

const DRIVER = join(import.meta.dirname, 'writer.driver.ts')

/** Sessions by how many decisions each makes; a negative number: it is killed after them. */
async function createTrail(sessions: readonly number[], now?: () => Date): Promise<AuditBench> {
  const bench = await createAuditBench(now)
  for (const [at, decisions] of sessions.entries()) {
    const trail = bench.open(`s-${at}`)
    for (let number = 0; number < Math.abs(decisions); number += 1) trail.record(decisionOf(`echo ${number}`))
    if (decisions > 0) trail.close('end')
  }
  return bench
}

type Change =
  | { readonly do: 'cut' | 'remove' | 'rename' | 'cut-heads' }
  | { readonly do: 'flip' | 'flip-head' | 'cut-bytes'; readonly at: number; readonly more: number }
  | { readonly do: 'swap' | 'repeat' | 'drop' | 'move' | 'insert'; readonly at: number; readonly more: number }

const place = { at: fc.nat(), more: fc.nat() }
const change: fc.Arbitrary<Change> = fc.oneof(
  ...(['cut', 'remove', 'rename', 'cut-heads'] as const).map((kind) => fc.record({ do: fc.constant(kind) })),
  ...(['flip', 'flip-head', 'cut-bytes', 'swap', 'repeat', 'drop', 'move', 'insert'] as const).map((kind) =>
    fc.record({ do: fc.constant(kind), ...place }),
  ),
)

async function apply(given: Change, file: string, folder: string): Promise<void> {
  const path = join(folder, file)
  const heads = join(folder, 'heads')
  const lines = async (edit: (lines: string[]) => void) => {
    const all = (await readFile(path, 'utf8')).split('\n').slice(0, -1)
    edit(all)
    await writeFile(path, `${all.join('\n')}\n`)
  }
  const flip = async (target: string, at: number, more: number) => {
    const bytes = await readFile(target)
    const index = at % bytes.length
    bytes[index] = (bytes[index] ?? 0) ^ (1 + (more % 255))
    await writeFile(target, bytes)
  }
  switch (given.do) {
    case 'cut':
      return await truncate(path, 0)
    case 'remove':
      return await rm(path)
    case 'rename':
      return await rename(path, join(folder, '000099.jsonl'))
    case 'cut-heads':
      return await truncate(heads, 0)
    case 'flip':
      return await flip(path, given.at, given.more)
    case 'flip-head':
      return await flip(heads, given.at, given.more)
    case 'cut-bytes':
      return await truncate(path, given.at % (await stat(path)).size)
    case 'swap':
      return await lines((all) => {
        const one = given.at % (all.length - 1)
        const moved = all.splice(one, 1)
        all.splice(one + 1, 0, ...moved)
      })
    case 'repeat':
      return await lines((all) => void all.splice(given.at % (all.length + 1), 0, all[given.more % all.length] ?? ''))
    case 'drop':
      return await lines((all) => void all.splice(given.at % all.length, 1 + (given.more % 2)))
    case 'move':
      return await lines((all) => void all.splice(0, all.length, ...all.slice(1), all[0] ?? ''))
    case 'insert':
      return await lines(
        (all) => void all.splice(given.at % (all.length + 1), 0, `{"seq":${given.more},"prev":"","kind":"x"}`),
      )
  }
}

describe('a change of a trail', () => {
  test('of any kind at any place is noticed, and without one nothing is', async () => {
    const sessions = fc.array(
      fc.integer({ min: -6, max: 6 }).filter((count) => count !== 0),
      { minLength: 1, maxLength: 4 },
    )
    await fc.assert(
      fc.asyncProperty(sessions, fc.nat(), change, async (counts, which, given) => {
        const { folder } = await createTrail(counts)
        const decisions = counts.reduce((sum, count) => sum + Math.abs(count), 0)
        expect(verifyTrail(folder)).toMatchObject({ ok: true, problems: [], notes: [], decisions })
        await apply(given, `${String((which % counts.length) + 1).padStart(6, '0')}.jsonl`, folder)
        const found = verifyTrail(folder)
        expect(found.ok).toBe(false)
        expect(renderVerification(found)).toMatch(
          /^✗ 0000\d\d\.jsonl(, line \d+)?: .+\n {2}Somebody or something changed/,
        )
      }),
      { numRuns: 150 },
    )
  })

  test.each<[what: string, expected: string, edit: (text: string) => string]>([
    ['an edit', 'line 3: it does not continue line 2', (text) => text.replace('echo 0', 'echo 9')],
    [
      'an edit of the last line',
      'its end is not the one that was written',
      (text) => text.replace('"reason":"end"', '"reason":"x"'),
    ],
    ['a cut', 'it ends with number 2, and must go on to 4: the end was cut off', (text) => keep(text, 3)],
    ['a cut in a line', 'it ends with number 3, and must go on to 4', (text) => text.slice(0, -20)],
    ['a missing line', 'line 2: number 2 stands where 1 is expected', (text) => text.replace(/\n.*\n/, '\n')],
    ['text at the end', 'after its last line something was added', (text) => `${text}{"seq":`],
    ['a line at the end', 'line 6: it is no line of an audit trail', (text) => `${text}{}\n`],
    ['everything', 'it has no whole line', () => ''],
  ])('%s is told by file, line and what is wrong', async (_what, expected, edit) => {
    const bench = await createTrail([3])
    await bench.edit('000001.jsonl', edit)
    const { problems, ...rest } = verifyTrail(bench.folder)
    expect(problems).toHaveLength(1)
    expect(renderVerification({ problems, ...rest })).toContain(expected)
  })

  test('a first line that was changed together with all that follows in its file shows in the next file', async () => {
    const bench = await createTrail([1, 1])
    // Of another time: made in the same millisecond its first line would be the same one.
    const other = await createTrail([1], () => new Date(0))
    // A whole file of another trail, with its head.
    await writeFile(join(bench.folder, '000001.jsonl'), await readFile(join(other.folder, '000001.jsonl')))
    const heads = await readFile(join(bench.folder, 'heads'))
    heads.set(await readFile(join(other.folder, 'heads')), 0)
    await writeFile(join(bench.folder, 'heads'), heads)
    expect(verifyTrail(bench.folder).problems).toMatchObject([
      { file: '000002.jsonl', line: 1, problem: expect.stringContaining('it does not continue 000001.jsonl') },
    ])
  })

  test('several missing files are one problem', async () => {
    const { folder } = await createTrail([1, 1, 1, 1])
    for (const number of [2, 3]) await rm(join(folder, `00000${number}.jsonl`))
    expect(renderVerification(verifyTrail(folder))).toContain(
      '000002.jsonl: all files from here to 000003.jsonl are missing.',
    )
  })
})

describe('what sessions do', () => {
  test('a line that was not finished is a note, and the next session goes on', async () => {
    const bench = await createTrail([-2])
    await bench.edit('000001.jsonl', (text) => `${text}{"seq":3,"prev":"ab`)
    const found = verifyTrail(bench.folder)
    expect(found).toMatchObject({ ok: true, decisions: 2 })
    expect(renderVerification(found)).toMatch(/^! 000001\.jsonl, line 4: the last line is not finished\./)
    bench.open('next').record(decisionOf('x'))
    expect(verifyTrail(bench.folder)).toMatchObject({ ok: true, decisions: 3 })
  })

  test('a line whose head was not written any more is no change', async () => {
    const bench = await createTrail([-2])
    const before = await readFile(join(bench.folder, 'heads'))
    const again = await createTrail([-1])
    const shorter = await readFile(join(again.folder, 'heads'))
    expect(shorter.length).toBe(before.length)
    const [, , last = {}] = await bench.lines('000001.jsonl')
    const head = `${'1'.padStart(10, '0')} ${'1'.padStart(10, '0')} ${last['prev']} open  \n`
    await writeFile(join(bench.folder, 'heads'), head)
    expect(verifyTrail(bench.folder)).toMatchObject({ ok: true, decisions: 2, notes: [] })
  })

  test('several at once, each with many files: never a complaint, meanwhile or after', async () => {
    const folder = join(await createFolder(), 'audit')
    const writers = ['a', 'b', 'c'].map((session) => run(folder, session, 300, 20_000))
    let over = false
    const all = Promise.all(writers.map(({ ended }) => ended)).finally(() => {
      over = true
    })
    let looks = 0
    while (!over) {
      expect(verifyTrail(folder).problems).toEqual([])
      looks += 1
      await sleep(20)
    }
    expect(await all).toEqual([0, 0, 0])
    expect(looks).toBeGreaterThan(1)
    const found = verifyTrail(folder)
    expect(found).toMatchObject({ ok: true, decisions: 900, notes: [] })
    expect(found.files).toBeGreaterThan(10)
  })

  test('several at once that remove the oldest of all: what is left is whole', async () => {
    const folder = join(await createFolder(), 'audit')
    const writers = ['a', 'b'].map((session) => run(folder, session, 200, 10_000, 5))
    expect(await Promise.all(writers.map(({ ended }) => ended))).toEqual([0, 0])
    const found = verifyTrail(folder)
    expect(found).toMatchObject({ ok: true, notes: [], retired: expect.stringMatching(/^1-\d+$/) })
    expect(found.files).toBeLessThanOrEqual(6)
  })

  test('a kill at any byte of a line leaves a trail that is whole, and that the next session continues', async () => {
    const bench = await createAuditBench()
    const trail = bench.open('killed')
    for (const command of ['one', 'two']) trail.record(decisionOf(command))
    const [file, heads] = ['000001.jsonl', 'heads'].map((name) => join(bench.folder, name)) as [string, string]
    const [before, headBefore] = [await readFile(file), await readFile(heads)]
    trail.record(decisionOf('three'))
    const after = await readFile(file)
    await writeFile(heads, headBefore)
    for (let end = before.length; end <= after.length; end += 1) {
      await writeFile(file, after.subarray(0, end))
      const isTorn = end > before.length && end < after.length
      const decisions = end === after.length ? 3 : 2
      expect(verifyTrail(bench.folder)).toMatchObject({ ok: true, decisions, notes: isTorn ? [{ line: 4 }] : [] })
    }
    bench.open('next').record(decisionOf('x'))
    expect(verifyTrail(bench.folder).ok).toBe(true)
  })

  test('killed in the middle of writing, again and again: never a complaint', async () => {
    const folder = join(await createFolder(), 'audit')
    for (let kill = 1; kill <= 3; kill += 1) {
      const writer = run(folder, `s-${kill}`, 1_000_000, 200_000)
      const decisions = verifyTrail(folder).decisions
      await waitFor(() => verifyTrail(folder).decisions > decisions + 5 * kill, { what: 'decisions' })
      writer.kill()
      await writer.ended
      expect(verifyTrail(folder)).toMatchObject({ ok: true, problems: [] })
    }
  })
})

function keep(text: string, lines: number): string {
  return text.split('\n').slice(0, lines).join('\n').concat('\n')
}

function run(folder: string, session: string, count: number, fileBytes: number, files = 500) {
  const child = spawn(process.execPath, [DRIVER, folder, session, ...[count, fileBytes, files].map(String)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { ended, kill: () => child.kill('SIGKILL') }
}
