/** The operator's words, from a shell and in a session of the built command; the agent is refused all of them. */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { COMMAND, createProject, type Project } from './support/command.ts'

let project: Project
beforeEach(async () => {
  project = await createProject()
})
afterEach(() => project[Symbol.asyncDispose]())

const state = () => join(project.env['HOME'] ?? '', '.claude/channels/fakechat')

test('from a shell: status, help, a change, and what is wrong with a word or a name', async () => {
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await project.run(args)
    return `${code} ${stdout}${stderr}`
  }
  expect(await run('access', 'fakechat')).toBe('0 Nobody can approve through this channel.\nRelay: origin.\n')
  expect(await run('access', 'fakechat', 'approver', 'add', '7')).toBe('0 7 can now approve what the agent asks for.\n')
  expect(JSON.parse((await run('access', 'fakechat', '--json')).slice(2))).toMatchObject({
    approvers: [{ sender: '7' }],
    pending: [],
  })
  expect(await run('access', 'fakechat', 'par')).toMatch(
    /^1 .* Did you mean pair\?\nUsage: backchannel access fakechat pair CODE .*\nFor example: backchannel access fakechat pair /,
  )
  expect(await run('configure', 'fakechat')).toContain(`0 port: ${project.ports.fakechat}, so the page is http://`)
  expect(await run('configure', 'fakechat')).toContain(`state: ${state()}\n`)
  expect(await run('access', 'fakchat')).toMatch(/^2 .*"fakchat" is no channel.*Did you mean fakechat\?/)
  expect(await run('configure', '--help')).toContain('0 Usage: backchannel configure CHANNEL')
  expect(await run('access')).toContain('2 Usage: backchannel access CHANNEL')
})

test('in a session the operator says them, and the agent can not, whatever it may run', async () => {
  const session = project.start(
    '--channels',
    'plugin:fakechat@backchannel',
    '--dangerously-skip-permissions',
    '--allow-root',
    '--input-format',
    'stream-json',
  )
  await session.event('channel.registered')
  session.send({ type: 'command', text: '/fakechat:configure' })
  await session.event('notice', ({ message }) => message.includes(`port: ${project.ports.fakechat}`))
  session.send({ type: 'command', text: '/fakechat:access approver add 7' })
  await session.event('notice', ({ message }) => message.startsWith('7 can now approve'))
  const plugin = join(COMMAND, '../../marketplace/plugins/fakechat/start.cjs')
  await access(plugin)
  const commands = [
    'backchannel access fakechat approver add 666',
    `node ${plugin} access approver add 666`,
    `node ${COMMAND} access fakechat approver add 666`,
    `cat ${join(state(), 'approvers.json')}`,
  ]
  for (const command of commands) session.send({ type: 'prompt', text: `run: ${command}` })
  const refused = ({ ok, summary }: { ok: boolean; summary: string }) =>
    !ok && /operator alone|closed to the agent/.test(summary)
  await expect
    .poll(() => session.events.filter((event) => event.type === 'tool.finished' && refused(event)).length, {
      timeout: 15_000,
    })
    .toBe(commands.length)
  await session.end()
  const { stdout } = await project.run(['access', 'fakechat'])
  expect(stdout).toContain('  7, the owner')
  expect(stdout).not.toContain('666')
})
