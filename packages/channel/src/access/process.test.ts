/** Access of a channel as a real process: the operator's word over the pipe, and by the program where no host passes it on. */
import { execFile } from 'node:child_process'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
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
import { personOf, post } from '../fixtures/relayed-people.ts'

const OURS = backchannelCapabilities(['receipts', 'origin', 'control', 'access'])
const run = promisify(execFile)

const prepare = async (files: Readonly<Record<string, unknown>> = {}) => {
  const folder = await createTempDirectory()
  const directory = join(folder.path, 'state')
  if (Object.keys(files).length > 0) await mkdir(directory)
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(directory, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
  const env = { RELAYED_STATE_DIR: directory }
  const read = async (name: string) =>
    JSON.parse(await readFile(join(directory, name), 'utf8')) as Record<string, unknown>
  /** `PROGRAM access …`; what it prints on either stream, and its status. */
  const program = async (runtime: Runtime, ...args: string[]) => {
    const options = { env: { ...process.env, ...env }, timeout: 20_000 }
    const {
      stdout,
      stderr,
      code = 0,
    } = await run(runtimeCommand(runtime), [programPath('relayed'), 'access', ...args], options)
      .then((out) => ({ ...out, code: 0 }))
      .catch((thrown: { stdout: string; stderr: string; code: number }) => thrown)
    return { stdout, stderr, code }
  }
  return { env, directory, read, program, [Symbol.asyncDispose]: () => folder.remove() }
}
const say = (host: FakeHost, ...args: string[]) =>
  host.request('backchannel/access', { args }) as Promise<{ ok: boolean; text: string }>
const ask = (host: FakeHost, id: string) =>
  host.notify('notifications/claude/channel/permission_request', {
    request_id: id,
    tool_name: 'Bash',
    description: 'Run it',
    input_preview: `{"command":"touch ${id}"}`,
  })
const VERDICT = 'notifications/claude/channel/permission'

describe.each(RUNTIMES)('on %s', (runtime) => {
  it('over the pipe: nobody, then the one whom the operator has paired, then nobody again', async () => {
    await using made = await prepare()
    await using host = await startProgram('relayed', runtime, { capabilities: OURS, register: true, env: made.env })
    const eve = personOf(host, 'eve', 'dm-eve')
    ask(host, 'aaaaa')
    expect(await eve.press?.('aaaaa', 'allow')).toBe('not-open')
    const offered = (await post(host, '/pair', { sender: 'eve', chat: 'dm-eve', name: 'Eve' })) as { code: string }
    expect(await say(host, 'pair', 'zzzzzz')).toMatchObject({ ok: false })
    expect(await say(host, 'pair', offered.code)).toMatchObject({
      ok: true,
      text: 'eve (Eve) can now approve what the agent asks for. To undo it: /relayed:access approver remove eve',
    })
    // In this kind of session codes are nowhere but in the process.
    await expect(stat(join(made.directory, 'access.json'))).rejects.toThrow('ENOENT')
    ask(host, 'bbbbb')
    await expect.poll(() => eve.shown()).toContain('touch bbbbb')
    expect(await eve.type?.('y BBBBB')).toBe('passed')
    const { params } = await host.nextNotification(VERDICT)
    expect(params).toEqual({ request_id: 'bbbbb', behavior: 'allow', by: 'eve' })
    await say(host, 'approver', 'remove', 'eve')
    ask(host, 'ccccc')
    expect(await eve.press?.('ccccc', 'allow')).toBe('not-open')
  })

  it('by the program: it pairs a code of the running channel, which then asks that person', async () => {
    await using made = await prepare()
    await using host = await startProgram('relayed', runtime, { env: made.env })
    const eve = personOf(host, 'eve', 'dm-eve')
    const offered = (await post(host, '/pair', { sender: 'eve', chat: 'dm-eve' })) as { code: string }
    const paired = await made.program(runtime, 'pair', offered.code)
    expect(paired).toMatchObject({ code: 0, stderr: '' })
    expect(paired.stdout).toContain(`relayed.ts access approver remove eve\n`)
    expect(await made.read('access.json')).toEqual({ allowFrom: [], groups: {}, pending: {} })
    expect((await stat(join(made.directory, 'approvers.json'))).mode & 0o777).toBe(0o600)
    ask(host, 'aaaaa')
    await expect.poll(() => eve.shown()).toContain('touch aaaaa')
    expect(await eve.press?.('aaaaa', 'deny')).toBe('passed')
    expect((await host.nextNotification(VERDICT)).params).toEqual({ request_id: 'aaaaa', behavior: 'deny' })
    expect(await made.program(runtime, 'pair', offered.code)).toMatchObject({ code: 1, stdout: '' })
  })

  it('shows a request that comes in one go with the registration', async () => {
    await using made = await prepare({ 'access.json': { allowFrom: ['owner'] } })
    await using host = await startProgram('relayed', runtime, { capabilities: OURS, env: made.env })
    host.register()
    ask(host, 'aaaaa')
    expect(await host.request('ping')).toEqual({})
    const owner = personOf(host, 'owner', 'owner')
    await expect.poll(() => owner.shown()).toContain('touch aaaaa')
  })
})

it('over the pipe only towards a host that has the feature, and with arguments of the right shape', async () => {
  await using made = await prepare()
  await using stock = await startProgram('relayed', 'node', { env: made.env })
  await expect(say(stock, 'status')).rejects.toMatchObject({ code: -32601 })
  await using host = await startProgram('relayed', 'node', { capabilities: OURS, env: made.env })
  for (const params of [undefined, {}, { args: 'status' }, { args: [1] }]) {
    await expect(host.request('backchannel/access', params)).rejects.toMatchObject({ code: -32602 })
  }
  expect(await say(host)).toMatchObject({ ok: true, text: expect.stringContaining('Nobody can approve') })
  // Nothing is written by a look.
  await expect(stat(made.directory)).rejects.toThrow('ENOENT')
})

it('a script that edits the file after the start is no approver of the session', async () => {
  await using made = await prepare({ 'approvers.json': { approvers: [{ sender: 'owner' }] } })
  await using host = await startProgram('relayed', 'node', { capabilities: OURS, register: true, env: made.env })
  const eve = personOf(host, 'eve', 'dm-eve')
  await host.waitForStderr(/listening/)
  // Before the first request: the list was read when the channel was registered, not when it is needed.
  await writeFile(
    join(made.directory, 'approvers.json'),
    JSON.stringify({ approvers: [{ sender: 'eve', chat: 'dm-eve' }] }),
  )
  ask(host, 'aaaaa')
  await expect.poll(() => personOf(host, 'owner', 'owner').shown()).toContain('touch aaaaa')
  expect(await eve.press?.('aaaaa', 'allow')).toBe('not-open')
  expect(await eve.shown()).toBe('')
  expect((await say(host, 'status')).text).toContain('owner, the owner')
})

it('says at the start how to name an approver where several may write, and serves all the same', async () => {
  await using made = await prepare({ 'access.json': { allowFrom: ['1', '2'] } })
  await using host = await startProgram('relayed', 'node', { capabilities: OURS, register: true, env: made.env })
  await host.waitForStderr(/2 senders may write .* terminal only.*\/relayed:access approver add SENDER/)
  await host.waitForStderr(/listening/)
  await using stock = await startProgram('relayed', 'node', { env: made.env })
  await stock.waitForStderr(/relayed\.ts access approver add SENDER/)
})

it('a file that can not be used makes nobody an approver, stays as it is, and the channel serves', async () => {
  await using made = await prepare({ 'approvers.json': '{"approvers": [' })
  await using host = await startProgram('relayed', 'node', { capabilities: OURS, register: true, env: made.env })
  await host.waitForStderr(/approvers\.json can't be used: it is not valid JSON/)
  await host.waitForStderr(/listening/)
  const added = await say(host, 'approver', 'add', 'eve')
  expect(added).toMatchObject({ ok: false, text: expect.stringContaining("approvers.json can't be used") })
  expect(await readFile(join(made.directory, 'approvers.json'), 'utf8')).toBe('{"approvers": [')
})

it('a relay that is not declared is not there: no capability, no feature, no prompt', async () => {
  await using made = await prepare({ 'access.json': { allowFrom: ['owner'] } })
  const env = { ...made.env, UNDECLARED: '1' }
  await using host = await startProgram('relayed', 'node', { capabilities: OURS, register: true, env })
  expect(host.serverCapabilities['experimental']).toEqual({
    'claude/channel': {},
    'backchannel/channel': { version: 1, features: ['receipts', 'access'] },
  })
  ask(host, 'aaaaa')
  const owner = personOf(host, 'owner', 'owner')
  expect(await owner.type?.('yes aaaaa')).toBe('emitted')
  expect(await owner.shown()).toBe('')
})
