/** The doctor on a real set-up: before the first use, while a session has the channel, and after an event was dropped. */
import { writeFile } from 'node:fs/promises'
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

test('before the first use: not used yet, and the ping goes the whole way without using it', async () => {
  const { code, stdout } = await project.run(['doctor', 'webhook', 'fakechat'])
  expect(stdout).toMatch(
    /^plugin:webhook@backchannel\n {2}.*not used yet \(state goes to .*channels\/webhook\)\n {2}✓ ping: registered after \d+ ms, its event in a turn \d+ ms later\n/,
  )
  expect(stdout.match(/✓ ping/g)).toHaveLength(2)
  expect(code).toBe(0)
  expect((await project.run(['doctor', 'webhook', '--no-ping'])).stdout).toContain('not used yet')
})

test('after a dropped event it names the reason, who holds the channel, and what came last', async () => {
  await project.write('small.json', JSON.stringify({ limits: { eventBytes: 1_000 } }))
  const session = project.start(
    '--settings',
    join(project.path, 'small.json'),
    '--channels',
    'plugin:webhook@backchannel',
  )
  await session.event('notice', ({ message }) => message.startsWith('webhook: listening'))
  const post = (body: string) => fetch(`http://localhost:${project.ports.webhook}/`, { method: 'POST', body })
  await post('small enough')
  await session.event('turn.finished')
  await post('x'.repeat(5_000))
  expect(await session.event('event.dropped')).toMatchObject({ source: 'webhook', reason: 'too-large', count: 1 })

  const shown = await project.run(['doctor', 'webhook', '--no-ping'])
  expect(shown.stdout).toMatch(/● held by process \d+ since \d+ s ago, as webhook/)
  expect(shown.stdout).toMatch(/! dropped \d+ s ago: too-large: the event is larger than the session takes/)
  const { stdout } = await project.run(['doctor', 'webhook', '--no-ping', '--json'])
  const [journal] = JSON.parse(stdout).channels[0].report.journals
  expect(journal).toMatchObject({ waiting: 0, counts: { completed: 1, dropped: 1 } })
  expect(journal.problems).toMatchObject([{ state: 'dropped', reason: 'too-large' }])
  await session.end()
  expect((await project.run(['doctor', 'webhook', '--no-ping'])).stdout).toContain('held by nobody')
})

test('a channel that it does not know is an error with the nearest name, and exit 1', async () => {
  const { code, stdout } = await project.run(['doctor', 'webhok', '--no-ping'])
  expect(code).toBe(1)
  expect(stdout).toMatch(/✗ .*Did you mean plugin:webhook@backchannel/)
})

test('--help has examples; an unknown option is a usage error', async () => {
  expect((await project.run(['doctor', '--help'])).stdout).toContain('backchannel doctor --json')
  expect((await project.run(['doctor', '--nonsense'])).code).toBe(2)
})

test('a channel has commands of its own', async () => {
  const { code, stdout } = await project.run(['webhook', 'help'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^webhook 0\.1\.0\./)
  const unknown = await project.run(['webhook', 'nonsense'])
  expect(unknown.code).toBe(2)
  expect(unknown.stderr).toMatch(/no command "nonsense" here\. There are add, list/)
})

test.skipIf(noDisk !== undefined)(
  'on a full disk it says so, with what was put aside there, and exits with 1',
  async () => {
    await using disk = await createTinyDisk(256)
    project.env['WEBHOOK_STATE_DIR'] = disk.path
    for (const name of ['journal.db', 'journal.db.damaged-1']) await writeFile(join(disk.path, name), '')
    disk.fill()
    const full = await project.run(['doctor', 'webhook', '--no-ping'])
    expect(full.stdout).toContain('✗ nothing can be stored there now: its disk is full (0 KB are free)')
    expect(full.stdout).toContain(`! a damaged journal was put aside: ${join(disk.path, 'journal.db.damaged-1')}`)
    expect(full.code).toBe(1)
  },
)
