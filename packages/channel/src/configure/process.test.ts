/** A channel with a gate and a secret as a real process: its operator's words over the pipe and by the program. */
import { spawn } from 'node:child_process'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import {
  backchannelCapabilities,
  createTempDirectory,
  type FakeHost,
  RUNTIMES,
  type Runtime,
  runtimeCommand,
} from '@backchannel/testkit'
import { describe, expect, it } from 'vitest'
import { programPath, startProgram } from '../fixtures/programs.ts'
import { post } from '../fixtures/relayed-people.ts'

const OURS = backchannelCapabilities(['receipts', 'origin', 'control', 'access'])
const TOKEN = 'good-1234567890'

const prepare = async (files: Readonly<Record<string, string>> = {}) => {
  const folder = await createTempDirectory()
  const directory = join(folder.path, 'state')
  if (Object.keys(files).length > 0) await mkdir(directory)
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content)
  const env = { GATED_STATE_DIR: directory }
  const read = (name: string) => readFile(join(directory, name), 'utf8')
  const program = async (runtime: Runtime, args: readonly string[], input = '') => {
    const child = spawn(runtimeCommand(runtime), [programPath('gated'), ...args], { env: { ...process.env, ...env } })
    child.stdin.end(input)
    const code = new Promise<number | null>((resolve) => child.once('close', resolve))
    return { stdout: await text(child.stdout), stderr: await text(child.stderr), code: await code }
  }
  return { directory, env, read, program, [Symbol.asyncDispose]: () => folder.remove() }
}
const ask = (host: FakeHost, method: string, params: object) =>
  host.request(`backchannel/${method}`, params) as Promise<Record<string, unknown>>
const write = (host: FakeHost, sender: string, more: object = {}) =>
  post(host, '/write', { sender, chat: sender, kind: 'direct', text: 'hello', ...more })

describe.each(RUNTIMES)('on %s', (runtime) => {
  it('in a session: a token that nobody sees, a stranger who is paired and told, a group, and the kill switch', async () => {
    await using made = await prepare({ '.env': '\uFEFF# mine\r\nexport OTHER="1"\r\n' })
    await using host = await startProgram('gated', runtime, { capabilities: OURS, register: true, env: made.env })
    const asked = await ask(host, 'configure', { args: ['token'] })
    expect(asked).toEqual({ ok: true, text: '', ask: 'The token that the platform gave you' })
    const taken = await ask(host, 'configure', { args: ['token'], secret: ` ${TOKEN}\n` })
    expect(taken).toMatchObject({ ok: true, text: expect.stringContaining('it is the token of @gated.') })
    expect(await made.read('.env')).toBe(`# mine\r\nexport OTHER="1"\r\nGATED_TOKEN=${TOKEN}\n`)
    expect((await stat(join(made.directory, '.env'))).mode & 0o777).toBe(0o600)
    const status = await ask(host, 'configure', { args: [] })
    expect(status['text']).toContain('token: set, in ')
    expect(JSON.stringify([taken, status])).not.toContain(TOKEN)

    const offered = (await write(host, '7', { name: 'Ada' })) as { code: string }
    expect(offered).toMatchObject({ kind: 'pair', isNew: true })
    const choices = await ask(host, 'complete', { command: 'access', args: ['pair', ''] })
    expect(choices).toEqual({ choices: [{ value: offered.code, summary: '7 (Ada)' }] })
    expect(await ask(host, 'access', { args: ['pair', offered.code] })).toMatchObject({ ok: true })
    await expect.poll(() => post(host, '/shown', { chat: '7' })).toContain('Paired! Say hi.')
    expect(await write(host, '7', { text: 'at last' })).toEqual({ kind: 'admit' })
    expect((await host.nextNotification('notifications/claude/channel')).params).toMatchObject({ content: 'at last' })
    const group = { chat: '-100', kind: 'group' }
    expect(await write(host, '7', group)).toEqual({ kind: 'drop', reason: 'group-unknown' })
    await ask(host, 'access', { args: ['group', 'add', '-100', '--no-mention'] })
    expect(await write(host, '9', group)).toEqual({ kind: 'admit' })
    await ask(host, 'access', { args: ['policy', 'disabled'] })
    expect(await write(host, '7')).toEqual({ kind: 'drop', reason: 'disabled' })
    host.notify('notifications/claude/channel/permission_request', {
      request_id: 'aaaaa',
      tool_name: 'Bash',
      description: 'Run it',
      input_preview: '{}',
    })
    expect(await ask(host, 'access', { args: ['status'] })).toMatchObject({ ok: true })
    expect(await post(host, '/shown', { chat: '7' })).not.toContain('aaaaa')
    expect(host.stderr).not.toContain(TOKEN)
  })

  it('by the program: the token from stdin, a pairing that the running channel tells', async () => {
    await using made = await prepare()
    const set = await made.program(runtime, ['configure', 'token'], `${TOKEN}\n`)
    expect(set).toMatchObject({ code: 0, stderr: '' })
    expect(set.stdout).not.toContain(TOKEN)
    expect(await made.read('.env')).toBe(`GATED_TOKEN=${TOKEN}\n`)
    await using host = await startProgram('gated', runtime, { env: made.env })
    await host.waitForStderr(/has a token/)
    const { code } = (await write(host, '7')) as { code: string }
    expect(await made.program(runtime, ['access', 'pair', code])).toMatchObject({ code: 0 })
    await expect.poll(() => post(host, '/shown', { chat: '7' })).toContain('Paired! Say hi.')
    expect(await write(host, '7')).toEqual({ kind: 'admit' })
    expect(JSON.parse(await made.read('access.json'))).toMatchObject({ allowFrom: ['7'], pending: {} })
  })
})

it('a token on the command line: it works, its status shows, and nothing prints it (S-17)', async () => {
  await using made = await prepare()
  const taken = await made.program('node', ['configure', TOKEN])
  expect(taken.stdout).toMatch(/Next time give no secret with the command: .* configure token asks for it\./)
  const refused = await made.program('node', ['configure', 'bad-1234567890'])
  expect(refused).toMatchObject({ code: 1, stdout: '' })
  expect(refused.stderr).not.toContain('bad-1234567890')
  expect(await made.read('.env')).toBe(`GATED_TOKEN=${TOKEN}\n`)
})

it('static mode: nothing changes it, and no code is given', async () => {
  await using made = await prepare({ 'access.json': '{"allowFrom": ["7"]}' })
  const env = { ...made.env, GATED_ACCESS_MODE: 'static' }
  await using host = await startProgram('gated', 'node', { capabilities: OURS, register: true, env })
  expect(await write(host, '8')).toEqual({ kind: 'drop', reason: 'sender-unknown' })
  expect(await write(host, '7')).toEqual({ kind: 'admit' })
  expect(await ask(host, 'access', { args: ['allow', '8'] })).toMatchObject({
    ok: false,
    text: expect.stringContaining('Access is static'),
  })
})

it('a file that an editor leaves half written keeps a message waiting, and lets in whom the whole file lets in', async () => {
  await using made = await prepare({ 'access.json': '{"allowFrom": [' })
  await using host = await startProgram('gated', 'node', { capabilities: OURS, env: made.env })
  host.register()
  await host.waitForStderr(/listening/)
  await writeFile(join(made.directory, 'access.json'), '{"dmPolicy": "allowlist"')
  const waiting = write(host, '7')
  await writeFile(join(made.directory, 'access.json'), '{"dmPolicy": "allowlist", "allowFrom": ["7"]}')
  expect(await waiting).toEqual({ kind: 'admit' })
})
