/** A new folder is asked about once; and none of the three dialogs of the terminal ever reaches a channel. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createPreparation } from '../testing/prepare.ts'
import { scriptedServer } from '../testing/servers.ts'
import { createAgent, openSession } from '../testing/session.ts'
import type { Dialogs, FolderToConfirm } from '../ui/interaction.ts'
import { prepareSession } from './prepare.ts'
import { askTrust, isTrusted } from './trust.ts'

const signal = new AbortController().signal

function dialogsThat(answer: 'trust' | 'exit', asked: FolderToConfirm[] = []): Dialogs {
  return {
    async confirmFolder(folder) {
      asked.push(folder)
      return answer
    },
    confirmServer: async () => 'use',
    confirmDevelopmentChannels: async () => 'continue',
  }
}

test('a yes is recorded for the folder, with the files named that a session would use', async () => {
  const { cwd, paths } = await createPreparation({ files: { '.mcp.json': { mcpServers: {} }, 'notes.txt': '' } })
  expect(await isTrusted(cwd, paths)).toBe(false)
  const asked: FolderToConfirm[] = []
  expect(await askTrust({ cwd, paths, dialogs: dialogsThat('trust', asked), signal })).toEqual({ answer: 'trust' })
  expect(asked).toEqual([{ path: cwd, files: ['.mcp.json'] }])
  expect(await isTrusted(cwd, paths)).toBe(true)
})

test('a no, and leaving meanwhile, record nothing', async () => {
  const { cwd, paths } = await createPreparation()
  expect(await askTrust({ cwd, paths, dialogs: dialogsThat('exit'), signal })).toEqual({ answer: 'exit' })
  const left = AbortSignal.abort()
  expect(await askTrust({ cwd, paths, dialogs: dialogsThat('trust'), signal: left })).toEqual({ answer: 'exit' })
  expect(existsSync(paths.consents)).toBe(false)
})

test('a yes that cannot be recorded holds for this session, and says so', async () => {
  const { cwd, paths } = await createPreparation()
  await writeFile(paths.home, 'a file where the folder should be')
  const { answer, warning } = await askTrust({ cwd, paths, dialogs: dialogsThat('trust'), signal })
  expect(answer).toBe('trust')
  expect(warning).toMatch(/^The trust in this folder holds for this session only: /)
})

test('no dialog reaches a channel that relays: it is not started before they are answered, and hears of tool calls alone', async () => {
  const { args } = scriptedServer(`
    require('node:fs').writeFileSync('started', '')
    const initialize = on.initialize()
    on.initialize = () => ({ ...initialize, capabilities: {
      experimental: { 'claude/channel': {}, 'claude/channel/permission': {} }, tools: {} } })
    const heard = (method) => { on[method] = (params) => void process.stderr.write('heard ' + method + ' ' + JSON.stringify(params) + '\\n') }
    heard('notifications/claude/channel/permission_request')
    heard('notifications/backchannel/permission_resolved')
    heard('notifications/backchannel/question')
  `)
  const preparation = await createPreparation({
    files: { '.mcp.json': { mcpServers: { chat: { command: process.execPath, args } } } },
    development: ['server:chat'],
  })
  const { cwd, paths } = preparation
  const started: boolean[] = []
  const answering = <Answer>(answer: Answer) => {
    started.push(existsSync(join(cwd, 'started')))
    return Promise.resolve(answer)
  }
  const dialogs: Dialogs = {
    confirmFolder: () => answering('trust'),
    confirmDevelopmentChannels: () => answering('continue'),
    confirmServer: () => answering('use'),
  }
  await askTrust({ cwd, paths, dialogs, signal })
  const prepared = await prepareSession({ ...preparation, env: process.env, dialogs })
  if (prepared === 'declined') throw new Error('declined')
  expect(started).toEqual([false, false, false])

  const agent = createAgent(async (turn) => void (await turn.callTool('Bash', { command: 'touch x' })))
  const options = { ...prepared, approvals: { canAnswer: () => true } }
  const { session, recorder } = openSession({ agent, cwd, options })
  await recorder.wait('channel.registered')
  session.input({ type: 'prompt', text: 'go' })
  const { request_id: id } = await recorder.wait('permission.requested')
  await recorder.notice(/heard notifications\/claude\/channel\/permission_request/)
  session.input({ type: 'permission', request_id: id, behavior: 'deny' })
  await recorder.wait('turn.finished')
  const heard = recorder.of('notice').flatMap(({ message }) => /heard .*/.exec(message)?.[0] ?? [])
  expect(heard).toHaveLength(1)
  expect(heard[0]).toContain('"tool_name":"Bash"')
  expect(started).toHaveLength(3)
})
