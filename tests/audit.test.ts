/** The audit trail of the built command: what ran and who said so, through kill -9, a full disk, and somebody's edit. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTinyDisk, tinyDiskProblem } from '@backchannel/testkit'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createProject, type Project } from './support/command.ts'

const noDisk = await tinyDiskProblem()

let project: Project
beforeEach(async () => {
  project = await createProject()
})
afterEach(() => project[Symbol.asyncDispose]())

test('what was answered and what a rule allowed is listed; kill -9 leaves it whole; an edit is noticed', async () => {
  expect((await project.run(['audit', 'verify'])).stdout).toContain('No decision has been recorded')
  const session = project.start('--input-format', 'stream-json')
  session.send({ type: 'prompt', text: 'run: touch x' })
  const { request_id } = await session.event('permission.requested')
  session.send({ type: 'permission', request_id, behavior: 'allow' })
  await session.event('turn.finished')
  session.send({ type: 'prompt', text: 'ls' })
  await session.event('turn.finished', ({ turn }) => turn === 2)
  await session.end('SIGKILL')

  const whole = await project.run(['audit', 'verify'])
  expect(whole).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('The audit trail is whole: 2 decisions in 1 file'),
  })
  const { stdout } = await project.run(['audit', 'list'])
  expect(stdout).toMatch(
    new RegExp(
      `^\\S+ allow {5}Bash \\{"command":"touch x"\\}\\n {2}by the terminal, request ${request_id}; the operator's prompt; session \\S+\\n` +
        '\\S+ allow {5}LS .*\\n {2}by default; ',
    ),
  )
  const { decisions } = JSON.parse((await project.run(['audit', 'list', '--json', '--last', '1'])).stdout)
  expect(decisions).toMatchObject([{ tool: 'LS', project: project.path, by: { kind: 'default' } }])

  const file = join(project.env['HOME'] ?? '', '.backchannel/audit/000001.jsonl')
  await writeFile(file, (await readFile(file, 'utf8')).replace('touch x', 'touch y'))
  const broken = await project.run(['audit', 'verify', '--json'])
  expect(broken.code).toBe(1)
  expect(JSON.parse(broken.stdout)).toMatchObject({ ok: false, problems: [{ file: '000001.jsonl', line: 3 }] })
})

test.runIf(noDisk === undefined)(
  'on a full disk nothing runs, the words say why, and the session goes on',
  async () => {
    await using disk = await createTinyDisk(512)
    project.env['BACKCHANNEL_HOME'] = disk.path
    const session = project.start('--input-format', 'stream-json')
    await session.event('session.started')
    disk.fill()
    session.send({ type: 'prompt', text: 'ls' })
    const { summary } = await session.event('tool.finished')
    expect(summary).toMatch(/^The audit trail in .* cannot be written \(ENOSPC\), so nothing is allowed\. Free space/)
    disk.empty()
    session.send({ type: 'prompt', text: 'ls' })
    expect(await session.event('tool.finished', ({ turn }) => turn === 2)).toMatchObject({ ok: true })
    await session.end()
    expect((await project.run(['audit', 'verify'])).code).toBe(0)
  },
)

test('usage that is wrong says what is right', async () => {
  expect(await project.run(['audit', 'list', '--last', 'x'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--last must be a whole number from 1 to 100000, got "x"'),
  })
  expect((await project.run(['audit', 'verfy'])).code).toBe(2)
  expect((await project.run(['consents', 'revoke'])).code).toBe(2)
})
