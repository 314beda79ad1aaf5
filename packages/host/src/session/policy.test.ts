/** A session under a policy that changes: real files, a real server, and what the agent gets of it. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeFiles } from '../testing/folder.ts'
import { createPreparation } from '../testing/prepare.ts'
import { kitServer } from '../testing/servers.ts'
import { createAgent, openSession } from '../testing/session.ts'
import { prepareSession } from './prepare.ts'

const TOOL = 'mcp__hooks__emit'

/** A session with the server `hooks` by the development flag; its agent calls the server's `emit` with each prompt. */
async function openHooks() {
  const { command, args, env } = kitServer('sdk-channel', { EVENTS: '[]' })
  const options = await createPreparation({
    files: { '.mcp.json': { mcpServers: { hooks: { command, args, env } } } },
    development: ['server:hooks'],
    options: { env: process.env },
  })
  const prepared = await prepareSession(options)
  if (prepared === 'declined') throw new Error('declined')
  const agent = createAgent(async ({ events, input, callTool }) => {
    if (events.length === 0) await callTool(TOOL, { content: input })
  })
  const permissions = { mode: 'bypassPermissions', paths: options.paths, home: options.home } as const
  const { session, recorder } = openSession({ agent, cwd: options.cwd, options: { ...prepared, permissions } })
  await session.settled
  return { options, session, recorder, agent }
}

test('switched off and on in the running session', async () => {
  const { options, session, recorder, agent } = await openHooks()
  expect(recorder.of('channel.registered')).toMatchObject([{ entry: 'server:hooks' }])

  await writeFiles(join(options.paths.managed.file, '..'), { 'managed.json': { channelsEnabled: false } })
  const refused = await recorder.wait('channel.refused')
  expect(refused).toEqual({
    type: 'channel.refused',
    entry: 'server:hooks',
    reason: 'policy-off',
    message: `server:hooks is not registered as a channel: channels are switched off: channelsEnabled is false in ${options.paths.managed.file}; an administrator of this machine can set it to true.`,
  })
  session.input({ type: 'prompt', text: 'into the void' })
  const finished = await recorder.wait('tool.finished')
  expect(finished).toMatchObject({ ok: true, summary: 'emitted' })
  const dropped = await recorder.wait('event.dropped')
  expect(dropped).toMatchObject({ source: 'hooks', reason: 'not-registered', count: 1 })

  await rm(options.paths.managed.file)
  await recorder.wait('channel.registered', 2)
  session.input({ type: 'prompt', text: 'to the agent' })
  await recorder.wait('turn.finished', 3)
  expect(agent.turns.map(({ input }) => input)).toEqual([
    'into the void',
    'to the agent',
    '<channel source="hooks">\nto the agent\n</channel>',
  ])
  expect(recorder.of('channel.closed')).toEqual([])
})

test('the end of the session ends the watch', async () => {
  const calls: string[] = []
  const current = { policy: { channelsAllowed: true, because: '' }, files: [] }
  const watch = () => {
    calls.push('watch')
    return () => void calls.push('stop')
  }
  const { session } = openSession({ agent: createAgent(async () => {}), options: { policy: { current, watch } } })
  expect(calls).toEqual(['watch'])
  await Promise.all([session.end('test'), session.end('again')])
  expect(calls).toEqual(['watch', 'stop'])
})
