/**
 * Whose verdicts count at a webhook, and what does not count: the built plugin under our kind of host, with everything that a
 * sender, or a script with the file of sources in its hands, can try.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { backchannelCapabilities, createTempDirectory, freePort, startFakeHost, waitFor } from '@backchannel/testkit'
import { runtimeCommand } from '@backchannel/testkit/channel-contract'
import { expect, it, onTestFinished } from 'vitest'
import { generateKeyPair, type KeyPair } from '../schemes/signing-key.ts'
import { createApproverSystem, type SignedOver } from './approver.fixture.ts'

const START = fileURLToPath(new URL('../../../../dist/marketplace/plugins/webhook/start.cjs', import.meta.url))
const VERDICT = 'notifications/claude/channel/permission'
const REQUESTED = 'notifications/claude/channel/permission_request'
const REQUEST = {
  request_id: 'abcde',
  tool_name: 'Bash',
  description: 'Run shell command',
  input_preview: '{"command":"touch x"}',
}
const keys = generateKeyPair()
const PAGER = { name: 'pager', scheme: 'standard', secrets: [keys.publicKey], approver: true }
const CI = { name: 'ci', scheme: 'bearer', secrets: ['a-token-of-ci'] }

async function start(sources: readonly object[] = [PAGER, CI], options: { operatorWord?: boolean } = {}) {
  const folder = await createTempDirectory()
  const directory = join(folder.path, 'state')
  await mkdir(directory)
  const write = (list: readonly object[]) =>
    writeFile(join(directory, 'sources.json'), JSON.stringify({ sources: list }), { mode: 0o600 })
  await write(sources)
  const { operatorWord = true } = options
  const host = await startFakeHost({
    command: runtimeCommand('node'),
    args: [START],
    env: { WEBHOOK_PORT: String(await freePort()), WEBHOOK_STATE_DIR: directory },
    ...(operatorWord
      ? { capabilities: backchannelCapabilities(['receipts', 'origin', 'control', 'access']), register: true }
      : {}),
  })
  onTestFinished(async () => {
    await host.close()
    await folder.remove()
  })
  await host.waitForStderr(/listening on/)
  const url = `http://127.0.0.1:${host.environment['WEBHOOK_PORT']}`
  const as = ({ privateKey }: KeyPair) => createApproverSystem(() => url, privateKey)
  const openIds = async () => {
    const listed = (await (await as(keys).requests('/pager')).json()) as { requests: { request_id: string }[] }
    return listed.requests.map(({ request_id }) => request_id)
  }
  return {
    host,
    url,
    write,
    directory,
    as,
    /** Until it is open at the first source; a ping would be answered while the channel still looks who approves. */
    async ask(params: { readonly request_id?: string } = {}) {
      const request = { ...REQUEST, ...params }
      host.notify(REQUESTED, request)
      await waitFor(async () => (await openIds()).includes(request.request_id), { what: 'the request to be open' })
    },
    async answer(body: unknown, over: SignedOver = {}, pair = keys) {
      const response = await as(pair).verdict('/pager', body, over)
      return { status: response.status, ...((await response.json()) as { error?: string; result?: string }) }
    },
    verdicts: () => host.notifications.filter(({ method }) => method === VERDICT).map(({ params }) => params),
  }
}

const ALLOW = { request_id: 'abcde', behavior: 'allow' }

it('a source that approves lists what is asked, and its answer goes to the session once', async () => {
  const made = await start()
  await made.ask()
  const listed = (await (await made.as(keys).requests('/pager')).json()) as { requests: readonly object[] }
  expect(listed.requests).toEqual([
    {
      ...REQUEST,
      text: 'The agent asks to use Bash\nRun shell command\n{"command":"touch x"}',
      asked_at: expect.any(String),
    },
  ])
  expect(await made.answer({ ...ALLOW, scope: 'session' })).toEqual({
    status: 200,
    ok: true,
    result: 'passed',
    request_id: 'abcde',
  })
  expect(await made.answer(ALLOW)).toMatchObject({ status: 409, error: 'not-open' })
  await made.host.request('ping')
  expect(made.verdicts()).toEqual([{ request_id: 'abcde', behavior: 'allow', scope: 'session', by: 'pager' }])
  made.host.notify('notifications/backchannel/permission_resolved', {
    request_id: 'abcde',
    outcome: 'allow',
    by: 'webhook',
  })
  await made.host.request('ping')
  expect(await (await made.as(keys).requests('/pager')).json()).toMatchObject({
    requests: [],
    ended: [{ request_id: 'abcde', outcome: 'allow', by: 'webhook', text: 'Bash: allowed by webhook.' }],
  })
})

it('streams what is asked, and how it ended', async () => {
  const made = await start()
  await made.ask()
  const response = await made.as(keys).requests('/pager', 'text/event-stream')
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const until = async (part: string) => {
    while (!text.includes(part)) {
      const { done = true, value = '' } = (await reader?.read()) ?? {}
      if (done) throw new Error(`The stream has ended before ${part}: ${response.status} ${text}`)
      text += value
    }
  }
  await until('event: request\ndata: {"request_id":"abcde"')
  await made.ask({ request_id: 'bcdef' })
  await until('"request_id":"bcdef"')
  made.host.notify('notifications/backchannel/permission_resolved', {
    request_id: 'abcde',
    outcome: 'deny',
    by: 'terminal',
  })
  await until('"text":"Bash: denied by terminal."')
  await reader?.cancel()
})

it('what is wrong with a verdict is said, and none of it reaches the session', async () => {
  const made = await start()
  await made.ask()
  const other = generateKeyPair()
  const old = Date.now() - 301_000
  const tries: readonly [what: string, expected: object, body: unknown, over?: SignedOver, pair?: KeyPair][] = [
    ['no JSON', { status: 400, error: 'request-invalid' }, 'yes abcde'],
    ['a list', { status: 400, error: 'request-invalid' }, []],
    ['no id', { status: 400, error: 'request-invalid' }, { behavior: 'allow' }],
    ['an id that is none', { status: 400, error: 'request-invalid' }, { ...ALLOW, request_id: 'abcdl' }],
    ['another word', { status: 400, error: 'request-invalid' }, { ...ALLOW, behavior: 'ALLOW' }],
    ['a word in a list', { status: 400, error: 'request-invalid' }, { ...ALLOW, behavior: ['allow'] }],
    ['another scope', { status: 400, error: 'request-invalid' }, { ...ALLOW, scope: 'forever' }],
    ['an id nobody opened', { status: 409, error: 'not-open' }, { ...ALLOW, request_id: 'zzzzz' }],
    ['the id of an event', { status: 400, error: 'request-invalid' }, ALLOW, { id: 'msg_1' }],
    ['another key', { status: 401, error: 'signature-invalid' }, ALLOW, {}, other],
    ['an old time', { status: 401, error: 'signature-invalid' }, ALLOW, { now: old }],
    ['no signature', { status: 401, error: 'signature-invalid' }, ALLOW, { headers: { 'webhook-signature': '' } }],
    [
      'a signature with the public key as a shared secret',
      { status: 401, error: 'signature-invalid' },
      ALLOW,
      { headers: { 'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}` } },
    ],
  ]
  for (const [what, expected, body, over, pair] of tries) {
    expect(await made.answer(body, over, pair), what).toMatchObject(expected)
  }
  await made.host.request('ping')
  expect(made.verdicts()).toEqual([])
})

it('a verdict that was recorded is no second one, not even for an id that is open again', async () => {
  const made = await start()
  await made.ask()
  const over = { id: 'verdict_1' }
  expect(await made.answer(ALLOW, over)).toMatchObject({ result: 'passed' })
  made.host.notify('notifications/backchannel/permission_resolved', { request_id: 'abcde', outcome: 'allow', by: 'x' })
  await made.ask()
  expect(await made.answer(ALLOW, over)).toMatchObject({ status: 409, error: 'not-open' })
  expect(made.verdicts()).toHaveLength(1)
})

it('events stay events: "yes abcde" of anybody, and one that looks like a verdict', async () => {
  const made = await start()
  await made.ask()
  const typed = await fetch(`${made.url}/local`, { method: 'POST', body: 'yes abcde' })
  expect(typed.status).toBe(202)
  const headers = { authorization: `Bearer ${CI.secrets[0]}` }
  expect((await fetch(`${made.url}/ci`, { method: 'POST', body: 'yes abcde', headers })).status).toBe(202)
  expect((await fetch(`${made.url}/ci/verdict`, { method: 'POST', body: JSON.stringify(ALLOW), headers })).status).toBe(
    403,
  )
  expect((await fetch(`${made.url}/ci/requests`, { headers })).status).toBe(403)
  expect((await fetch(`${made.url}/pager/requests`, { method: 'POST', body: 'x' })).status).toBe(405)
  expect(made.host.events.map(({ content }) => content)).toEqual(['yes abcde', 'yes abcde'])
  expect(made.verdicts()).toEqual([])
})

it.each([true, false])('nobody gets in by writing into the files during the session (our host: %s)', async (ours) => {
  const made = await start([PAGER, CI], { operatorWord: ours })
  const mine = generateKeyPair()
  await made.ask()
  for (const sources of [
    [{ ...PAGER, secrets: [mine.publicKey] }],
    [{ ...PAGER, secrets: [keys.publicKey, mine.publicKey] }],
    [PAGER, { ...PAGER, name: 'mine', path: '/mine', secrets: [mine.publicKey] }],
  ]) {
    await made.write(sources)
    const approvers = { relay: 'origin', approvers: ['pager', 'mine'].map((sender) => ({ sender, chat: 'approvers' })) }
    await writeFile(join(made.directory, 'approvers.json'), JSON.stringify(approvers))
    for (const path of ['/pager', '/mine']) {
      const response = await made.as(mine).verdict(path, ALLOW)
      expect([401, 403, 202]).toContain(response.status)
    }
  }
  await made.host.waitForStderr(/the source "mine" may approve from the next session on/)
  // The owner took the word back: that counts at once.
  await made.write([{ ...PAGER, approver: false }])
  expect(await made.answer(ALLOW)).toMatchObject({ status: 403, error: 'not-approver' })
  expect(made.verdicts()).toEqual([])
})

it('the operator cannot name a source that the file does not; relay off closes the way', async () => {
  const made = await start()
  const operator = async (...args: string[]) =>
    (await made.host.request('backchannel/access', { args })) as { ok: boolean; text: string }
  expect(await operator('status')).toMatchObject({ text: expect.stringContaining('  pager, the owner') })
  expect(await operator('approver', 'add', 'ci')).toMatchObject({
    ok: false,
    text: expect.stringContaining('approver'),
  })
  await operator('relay', 'off')
  made.host.notify(REQUESTED, REQUEST)
  await made.host.request('ping')
  expect(await made.answer(ALLOW)).toMatchObject({ status: 409 })
  expect(made.verdicts()).toEqual([])
})

it.each<[string, readonly object[], boolean]>([
  ['declares nothing without a source that approves', [CI], false],
  ['nor with a shared secret, which a script could read here', [{ ...CI, approver: true }], false],
  ['declares it with one', [PAGER], true],
])('%s', async (_, sources, declared) => {
  const { host, url } = await start(sources)
  const experimental = host.serverCapabilities['experimental'] as Record<string, unknown>
  expect('claude/channel/permission' in experimental).toBe(declared)
  if (sources[0] !== PAGER && 'approver' in (sources[0] ?? {})) {
    expect(host.stderr).toMatch(/sources\[0\]\.approver: expected the scheme "standard" and public keys/)
    expect((await fetch(`${url}/ci`, { method: 'POST', body: 'x' })).status).toBe(503)
  }
})
