/** Shows the built plugin as one meets it: commands that make a source, a session that takes from it, on both runtimes. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  createTempDirectory,
  type FakeHost,
  freePort,
  minimalEnvironment,
  RUNTIMES,
  runtimeCommand,
  startFakeHost,
  type TempDirectory,
} from '@backchannel/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApproverSystem } from './approvals/approver.fixture.ts'

const START = fileURLToPath(new URL('../../../dist/marketplace/plugins/webhook/start.cjs', import.meta.url))
if (!existsSync(START)) throw new Error(`${START} is missing. Run "npm run build" first.`)

interface Outcome {
  readonly status: number | string
  readonly out: string
  readonly error: string
}

describe.each(RUNTIMES)('on %s', (runtime) => {
  let folder: TempDirectory
  let state: string
  let port: string
  const hosts: FakeHost[] = []
  beforeEach(async () => {
    folder = await createTempDirectory()
    state = join(folder.path, 'state')
    port = String(await freePort())
  })
  afterEach(async () => {
    for (const host of hosts.splice(0)) await host.close()
    await folder.remove()
  })

  const environment = () => ({ HOME: folder.path, WEBHOOK_STATE_DIR: state, WEBHOOK_PORT: port })
  const run = (args: readonly string[], input?: string, env: Record<string, string> = {}) =>
    new Promise<Outcome>((resolve) => {
      const options = { env: { ...minimalEnvironment(folder.path), ...environment(), ...env } }
      const child = execFile(runtimeCommand(runtime), [START, ...args], options, (failed, out, error) => {
        resolve({ status: failed?.code ?? 0, out, error })
      })
      child.stdin?.end(input ?? '')
    })
  const startSession = async (env: Record<string, string> = {}) => {
    const host = await startFakeHost({
      command: runtimeCommand(runtime),
      args: [START],
      env: { ...environment(), ...env },
    })
    hosts.push(host)
    await host.waitForStderr(/listening on/)
    return host
  }
  const file = () => join(state, 'sources.json')

  it('add, test, list and remove a source, with a session and without', async () => {
    const added = await run(['add', 'github', '--scheme', 'github'])
    expect(added).toMatchObject({ status: 0, error: '' })
    const secret = /secret {3}([\w-]{43})\n/.exec(added.out)?.[1] ?? ''
    expect(added.out).toContain(`http://localhost:${port}/github`)
    expect(JSON.parse(await readFile(file(), 'utf8'))).toEqual({
      sources: [{ name: 'github', path: '/github', scheme: 'github', secrets: [secret] }],
    })
    if (process.platform !== 'win32') {
      expect([(await stat(state)).mode & 0o777, (await stat(file())).mode & 0o777]).toEqual([0o700, 0o600])
    }
    const alone = await run(['test', 'github'])
    expect(alone).toMatchObject({ status: 1, error: expect.stringContaining(`Nothing listens on localhost:${port}`) })
    expect(alone.error).toContain('backchannel --channels plugin:webhook@backchannel')

    const host = await startSession()
    const tested = await run(['test', 'github'])
    expect(tested).toMatchObject({ status: 0, error: '' })
    const event = await host.nextEvent()
    expect(tested.out).toContain('stored as event')
    expect(event.meta).toEqual({ path: '/github', method: 'POST', name: 'github', verified: 'github', event: 'push' })
    expect(event.content).toContain('Sample delivery of webhook test: nothing was pushed')

    for (const output of [await run(['list']), await run(['list', '--json'])]) {
      expect(output).toMatchObject({ status: 0, error: '' })
      expect(output.out).toContain(`…${secret.slice(-4)}`)
      expect(output.out).not.toContain(secret)
    }
    expect(JSON.parse((await run(['test', 'github', '--json'])).out)).toMatchObject({
      status: 202,
      answer: { ok: true },
    })
    expect(await run(['remove', 'github'])).toMatchObject({ status: 0 })
    expect(await run(['test', 'github'])).toMatchObject({
      status: 1,
      error: expect.stringContaining('no source "github"'),
    })
    expect(host.stderr).not.toContain(secret)
  })

  it('sends every scheme a sample that is taken', async () => {
    const secrets = { slack: 'slack-secret-0123456789', stripe: 'whsec_stripe0123456789' }
    await startSession({ WEBHOOK_CI_TOKEN: 'token-0123456789' })
    for (const [scheme, secret] of Object.entries(secrets)) {
      const refused = await run(['add', scheme, '--scheme', scheme])
      expect(refused).toMatchObject({ status: 2, error: expect.stringContaining('makes the secret itself') })
      expect(await run(['add', scheme, '--scheme', scheme, '--secret-stdin'], `${secret}\n`)).toMatchObject({
        status: 0,
      })
    }
    for (const scheme of ['gitlab', 'standard', 'none']) {
      expect(await run(['add', scheme, '--scheme', scheme])).toMatchObject({ status: 0 })
    }
    expect(await run(['add', 'ci', '--scheme', 'bearer', '--secret-env', 'WEBHOOK_CI_TOKEN'])).toMatchObject({
      status: 0,
    })
    const hmac = ['--header', 'X-Proof', '--algorithm', 'sha512', '--encoding', 'base64', '--prefix', 'v=']
    expect(await run(['add', 'own', '--scheme', 'hmac', '--path', '/in/own', ...hmac])).toMatchObject({ status: 0 })
    for (const name of ['slack', 'stripe', 'gitlab', 'standard', 'none', 'ci', 'own']) {
      const tested = await run(['test', name], '', { WEBHOOK_CI_TOKEN: 'token-0123456789' })
      expect(tested).toEqual({ status: 0, out: expect.stringContaining('stored as event'), error: '' })
    }
    expect(await readFile(file(), 'utf8')).not.toContain('token-0123456789')
  })

  it('makes a source that approves, and keeps only what verifies', async () => {
    const added = await run(['add', 'pager', '--approver'])
    expect(added).toMatchObject({ status: 0, error: '' })
    const [, privateKey = ''] = /secret {6}(whsk_\S+)\n/.exec(added.out) ?? []
    expect(added.out).toContain(`POST http://localhost:${port}/pager/verdict`)
    const [source] = (JSON.parse(await readFile(file(), 'utf8')) as { sources: { secrets: string[] }[] }).sources
    expect(source).toEqual({
      name: 'pager',
      path: '/pager',
      scheme: 'standard',
      secrets: [expect.stringMatching(/^whpk_/)],
      approver: true,
    })
    expect((await run(['list'])).out).toContain('APPROVES')
    expect(JSON.parse((await run(['list', '--json'])).out)).toMatchObject({ sources: [{ approver: true }] })
    expect(await run(['test', 'pager'])).toMatchObject({ status: 1, error: expect.stringContaining('Only the sender') })
    await startSession()
    const system = createApproverSystem(() => `http://localhost:${port}`, privateKey)
    expect(await (await system.requests('/pager')).json()).toEqual({ ok: true, requests: [], ended: [] })
    const other = await run(['add', 'other', '--approver', '--secret-stdin'], `${source?.secrets[0]}\n`)
    expect(other).toMatchObject({ status: 0, out: expect.not.stringContaining('whsk_') })
  })

  it('says what a command does not take', async () => {
    for (const [args, problem] of [
      [['add'], 'give the name of one source'],
      [['add', 'a'], '--scheme is missing'],
      [['add', 'a', '--scheme', 'x'], 'there is no scheme "x"'],
      [['add', 'a', '--schem', 'github'], '--schem'],
      [['add', 'a', '--scheme', 'github', '--prefix', 'x'], '--prefix is for the scheme "hmac"'],
      [['add', 'a', '--scheme', 'none', '--secret-env', 'X'], 'has no secret'],
      [['add', 'a', '--scheme', 'github', '--secret-stdin'], 'it is empty'],
      [['add', 'a', '--approver', '--scheme', 'github'], '--approver is for the scheme "standard"'],
      [['add', 'a', '--approver', '--secret-stdin'], 'it is no public key'],
      [['list', 'x'], 'no name is taken'],
      [['test', 'a', 'b'], 'give the name of one source'],
    ] as const) {
      expect(await run(args)).toEqual({ status: 2, out: '', error: expect.stringContaining(problem) })
    }
    for (const name of ['add', 'list', 'remove', 'test']) {
      expect(await run([name, '--help'])).toEqual({
        status: 0,
        out: expect.stringMatching(/^Usage: [\s\S]*Example/),
        error: '',
      })
    }
    expect(await run(['add', 'Bad Name', '--scheme', 'github'])).toMatchObject({
      status: 1,
      error: expect.stringContaining('sources[0].name'),
    })
    expect(existsSync(file())).toBe(false)
  })

  it('knows a delivery again after its process was killed', async () => {
    await run(['add', 'ci', '--scheme', 'none'])
    const post = async () => {
      const headers = { 'idempotency-key': 'once' }
      const answer = await fetch(`http://localhost:${port}/ci`, { method: 'POST', body: 'disk full', headers })
      return { status: answer.status, ...((await answer.json()) as object) }
    }
    const first = await startSession()
    const stored = await post()
    expect(stored).toMatchObject({ status: 202, ok: true })
    first.kill('SIGKILL')
    await first.waitForExit()
    await startSession()
    expect(await post()).toEqual({ ...stored, duplicate: true })
  })

  it('takes nothing while the sources are broken, and goes on when they are not', async () => {
    await run(['add', 'github', '--scheme', 'github'])
    const host = await startSession()
    const whole = await readFile(file(), 'utf8')
    await writeFile(file(), whole.replace('"scheme"', '"shceme"'))
    await host.waitForStderr(/nothing is taken, since the sources are not known: .*sources\[0\]\.shceme/)
    const answer = await fetch(`http://localhost:${port}/ci`, { method: 'POST', body: 'x' })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '30'])
    expect(await run(['add', 'b', '--scheme', 'github'])).toMatchObject({
      status: 1,
      error: expect.stringContaining('shceme'),
    })
    await writeFile(file(), whole)
    await host.waitForStderr(/read the sources again: github at \/github/)
    expect((await run(['test', 'github'])).status).toBe(0)
  })
})
