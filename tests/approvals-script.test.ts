/**
 * A script that the agent runs, with all that a process of the operator's own user has: it tries to approve the agent's own
 * request in every way that is open to it, and each way ends as the table says. docs/approvers.md names what no program can
 * keep from its user.
 */
import { execFile } from 'node:child_process'
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { waitFor } from '@backchannel/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COMMAND, createProject, type Project, type RunningSession } from './support/command.ts'
import { ROOT } from './support/repository.ts'

/** By attempt, what must have come of it; a part of the answer. */
const EXPECTED: Readonly<Record<string, RegExp>> = {
  'page: a verdict of nobody': /"error":"not-approver"/,
  'page: from its own origin': /"error":"not-approver"/,
  'page: from a foreign origin': /^status 403$/,
  'page: by a foreign host name': /^status 4(?:03|21)$/,
  'page: with a proof of the paired browser, recorded': /^(?!.*"approver":true).*could not show which one it is/,
  'page: a browser of its own': /"approver":false.*"error":"not-approver"/,
  'page: pairs, and types the code itself': /^a code .*"approver":false.*"error":"not-approver"/,
  'page: typed words': /"type":"sent"/,
  'page: typed words by the upload': /^status 4\d\d/,
  'page: the stop button': /"error":"not-approver"/,
  'files: a private key anywhere in the state': /^found 0$/,
  'files: names itself an approver of the page': /"approver":false.*"error":"not-approver"/,
  "files: the channel's own program names it": /"error":"not-approver"/,
  'files: a source of its own in sources.json': /^status 403 .*"not-approver"/,
  "files: its own key for the approver's source": /^status 40[13] /,
  'webhook: an unsigned verdict': /^status 401 .*"signature-invalid"/,
  'webhook: a guessed secret': /^status 401 .*"signature-invalid"/,
  'webhook: the key that sources.json holds': /^status 401 .*"signature-invalid"/,
  'webhook: a verdict that was recorded': /^status 409 .*"not-open"/,
  'webhook: a recorded signature on another body': /^status 401 .*"signature-invalid"/,
  'webhook: the words as an event': /^status 202 /,
  'webhook: the wire of a verdict as an event': /^status 202 /,
  "pipes: a line into the session's input": /^failed: ENXIO$/,
  "pipes: a line into a channel's output": /^failed: ENXIO$/,
  "pipes: a line into a channel's input": /^failed: ENXIO$/,
  'pipes: any socket or pipe of the session': /^(?:ENXIO )?other$/,
  'terminal: the one of the session': /^failed: ENXIO$/,
  'debugger: of the session': /^nothing listens$/,
  'debugger: of a channel': /^nothing listens$/,
  'restart: of a channel, with a list of its own': /^(?!.*"type":"permission",).*"outcome":"cancelled"/,
  'restart: of the webhook, with a key of its own': /^status (?:401|403|409) /,
}

const ATTACK = join(ROOT, 'tests/support/attack.cjs')
/** The approver's, of which the machine of the session has the public half alone. */
const keys = generateKeyPairSync('ed25519')
const point = Buffer.from(keys.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
const publicKey = `whpk_${point.toString('base64')}`

function signVerdict(body: string): Record<string, string> {
  const [id, timestamp] = [`verdict_${randomUUID()}`, String(Math.floor(Date.now() / 1000))]
  const signature = sign(null, Buffer.from(`${id}.${timestamp}.${body}`), keys.privateKey).toString('base64')
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1a,${signature}` }
}

describe.skipIf(process.platform !== 'linux')('a script that the agent runs', () => {
  let project: Project
  let session: RunningSession
  let results: Record<string, string> = {}
  let requestId = ''

  beforeAll(async () => {
    project = await createProject()
    const home = project.env['HOME'] ?? ''
    await mkdir(join(home, '.claude/channels/webhook'), { recursive: true })
    const pager = { name: 'pager', path: '/pager', scheme: 'standard', secrets: [publicKey], approver: true }
    const sources = JSON.stringify({ sources: [pager] })
    await writeFile(join(home, '.claude/channels/webhook/sources.json'), sources, { mode: 0o600 })
    const channels = ['plugin:fakechat@backchannel', 'plugin:webhook@backchannel']
    session = project.start('--channels', ...channels, '--input-format', 'stream-json')
    await session.event('channel.registered', ({ source }) => source === 'webhook')
    await session.event('notice', ({ message }) => message.includes(`http://localhost:${project.ports.fakechat}`))
    await session.event('notice', ({ message }) => message.includes('listening on'))
    const proof = await pairBrowser()
    const recorded = await approveByWebhook()

    // The operator lets the agent run it, and does not know what it does.
    const orders = join(project.path, 'orders.json')
    const leave = `setsid '${process.execPath}' '${ATTACK}' '${orders}' >attack.log 2>&1 &`
    await ask(`run: ${leave} until [ -e orders.json.started ]; do sleep 0.05; done`, 'allow')
    requestId = await ask('run: touch approved')
    const given = {
      ...{ requestId, home, hostPid: session.process.pid, ports: project.ports, proof, recorded },
      publicKey,
      start: { fakechat: join(ROOT, 'dist/marketplace/plugins/fakechat/start.cjs') },
    }
    await writeFile(`${orders}.new`, JSON.stringify(given))
    await rename(`${orders}.new`, orders)
    await waitFor(() => existsSync(`${orders}.done`), {
      what: 'the script to have tried everything',
      timeoutMs: 60_000,
    })
    results = JSON.parse(await readFile(`${orders}.results`, 'utf8')) as Record<string, string>
  }, 90_000)
  afterAll(() => project?.[Symbol.asyncDispose]())

  /** Types a prompt and waits for what it asks; answers it where `answer` says how. */
  async function ask(text: string, answer?: 'allow'): Promise<string> {
    const before = session.events.filter(({ type }) => type === 'permission.requested').length
    session.send({ type: 'prompt', text })
    const { request_id } = await waitFor(
      () => session.events.filter((event) => event.type === 'permission.requested')[before],
      { what: `a request for ${text}` },
    )
    if (answer) {
      session.send({ type: 'permission', request_id, behavior: answer })
      await session.event('permission.resolved', (event) => event.request_id === request_id)
    }
    return request_id
  }

  /** The operator pairs a browser. @returns the proof it gave, as somebody who listens would have it */
  async function pairBrowser(): Promise<object> {
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
    const key = Buffer.from(await crypto.subtle.exportKey('raw', pair.publicKey)).toString('base64url')
    const host = `127.0.0.1:${project.ports.fakechat}`
    const socket = new WebSocket(`ws://${host}/ws`)
    const frames: { type: string; challenge?: string; code?: string; approver?: boolean }[] = []
    socket.onmessage = ({ data }) => void frames.push(JSON.parse(String(data)))
    const frame = (type: string, where = (_: (typeof frames)[number]) => true) =>
      waitFor(() => frames.find((one) => one.type === type && where(one)), { what: type })
    const { challenge } = await frame('hello')
    const text = new TextEncoder().encode(`backchannel fakechat identity\n${host}\n${challenge}`)
    const signed = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, text)
    const proof = { type: 'identify', key, signature: Buffer.from(signed).toString('base64url') }
    socket.send(JSON.stringify(proof))
    await frame('identity')
    socket.send(JSON.stringify({ type: 'pair' }))
    const { code } = await frame('pairing')
    session.send({ type: 'command', text: `/fakechat:access pair ${code}` })
    await frame('identity', ({ approver }) => approver === true)
    socket.close()
    return proof
  }

  /** The approver's own system answers a request of the session. @returns the verdict as it went over the wire */
  async function approveByWebhook(): Promise<{ body: string; headers: Record<string, string> }> {
    const request_id = await ask('run: touch first')
    const body = JSON.stringify({ request_id, behavior: 'allow' })
    const headers = signVerdict(body)
    const url = `http://127.0.0.1:${project.ports.webhook}/pager/verdict`
    const answer = await fetch(url, { method: 'POST', body, headers })
    expect(await answer.json()).toEqual({ ok: true, result: 'passed', request_id })
    const resolved = await session.event('permission.resolved', (event) => event.request_id === request_id)
    expect(resolved).toMatchObject({ behavior: 'allow', by: 'webhook' })
    await session.event('turn.finished')
    expect(existsSync(join(project.path, 'first'))).toBe(true)
    return { body, headers }
  }

  it('tries all that the table has', () => {
    expect(Object.keys(results).sort()).toEqual(Object.keys(EXPECTED).sort())
  })

  it.each(Object.entries(EXPECTED))('%s', (name, expected) => {
    expect(results[name]).toMatch(expected)
  })

  it('has approved nothing: the request is open as before, and ends by the word of the operator', async () => {
    const ends = () => session.events.filter((event) => event.type === 'permission.resolved')
    expect(ends().filter(({ request_id }) => request_id === requestId)).toEqual([])
    const told = /who may approve there was changed while it was down, and not by your word/
    for (const source of ['fakechat', 'webhook'])
      await session.event('notice', ({ message }) => message.startsWith(`${source}: `) && told.test(message))
    expect(existsSync(join(project.path, 'approved'))).toBe(false)
    session.send({ type: 'permission', request_id: requestId, behavior: 'deny' })
    const end = await session.event('permission.resolved', (event) => event.request_id === requestId)
    expect(end).toMatchObject({ behavior: 'deny', by: 'terminal' })
    expect(existsSync(join(project.path, 'approved'))).toBe(false)
  })
})

it.skipIf(process.platform !== 'linux')('an input that a script could write into is told at the start', async () => {
  await using project = await createProject()
  const command = `printf '{"type":"end"}\\n' | '${process.execPath}' '${COMMAND}' --agent demo --input-format stream-json --output-format stream-json`
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command], { cwd: project.path, env: project.env })
  expect(stdout).toContain('The input of this session is a pipe')
  const session = project.start('--input-format', 'stream-json')
  await session.event('session.started')
  session.send({ type: 'end' })
  await session.ended
  expect(session.events.filter((event) => JSON.stringify(event).includes('is a pipe'))).toEqual([])
})
