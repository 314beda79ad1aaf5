/** A session of the built command with an ACP agent: its tools come over the built bridge, and no process list shows a secret. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createProject, type Project } from './support/command.ts'
import { ROOT } from './support/repository.ts'

const BRIDGE = join(ROOT, 'dist/cli/tools-bridge.mjs')
const DOUBLE = join(ROOT, 'packages/host/src/testing/acp-double/program.ts')

let project: Project
beforeAll(async () => {
  project = await createProject()
})
afterAll(() => project[Symbol.asyncDispose]())

it('is written to through a channel, and answers there', async () => {
  const command = `'${process.execPath}' '${DOUBLE}'`
  const session = project.start(
    '--agent',
    'acp',
    '--agent-command',
    command,
    '--channels',
    'plugin:fakechat@backchannel',
  )
  await session.event('notice', ({ message }) => message.includes(`http://localhost:${project.ports.fakechat}`))
  const body = new FormData()
  body.set('id', 'u1')
  body.set('text', 'hello @somebody')
  await fetch(`http://127.0.0.1:${project.ports.fakechat}/upload`, { method: 'POST', body })
  const { call_id: id, input } = await session.event('tool.called', ({ tool }) => tool.endsWith('__reply'))
  expect(input).toMatchObject({ chat_id: 'web', text: expect.stringContaining('hello ＠somebody') })
  expect(await session.event('tool.finished', ({ call_id: finished }) => finished === id)).toMatchObject({ ok: true })
  if (process.platform === 'linux') {
    const [bridge = ''] = commandLines().filter(
      (line) => line.includes(BRIDGE) && line.includes(project.env['TMPDIR'] ?? ''),
    )
    const [file = ''] = bridge.split('\0').slice(2)
    const { token } = JSON.parse(readFileSync(file, 'utf8'))
    expect(commandLines().filter((line) => line.includes(token))).toEqual([])
  }
  expect(await session.end()).toMatchObject({ code: 0 })
})

it.each([
  ['no command', ['--agent', 'acp'], 'needs a command to start'],
  ['a command that is none', ['--agent', 'acp', '--agent-command', '"'], 'has no end'],
  ['a command and another agent', ['--agent', 'demo', '--agent-command', 'x'], 'is for --agent acp alone'],
])('is refused with %s', async (_what, args, message) => {
  const { code, stderr } = await project.run(['-p', 'hello', ...args])
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
})

it('has a bridge that says what it is to whoever starts it by hand', () => {
  const { status, stderr } = spawnSync(process.execPath, [BRIDGE], { encoding: 'utf8' })
  expect([status, stderr]).toEqual([1, expect.stringContaining('started by an agent of a backchannel session')])
})

function commandLines(): readonly string[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      return /^\d+$/.test(name) ? readFileSync(`/proc/${name}/cmdline`, 'utf8') : []
    } catch {
      return []
    }
  })
}
