/**
 * Who may answer a permission prompt on the page: a browser that the operator has paired, and nobody else. A script on this
 * machine can reach everything that is tried here.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { backchannelCapabilities, type FakeHost, freePort, startFakeHost, staysTrue } from '@backchannel/testkit'
import { runtimeCommand } from '@backchannel/testkit/channel-contract'
import { describe, expect, onTestFinished, test } from 'vitest'
import { START } from '../bundle.fixture.ts'
import { connectSocket, type TestSocket } from '../chat.fixture.ts'
import { createBrowser, type TestBrowser } from './browser.fixture.ts'

const VERDICT = 'notifications/claude/channel/permission'
const REQUEST = {
  request_id: 'abcde',
  tool_name: 'Bash',
  description: 'Run shell command',
  input_preview: '{"command":"touch x"}',
}

interface Setting {
  readonly host: FakeHost
  readonly port: number
  readonly directory: string
  /** The operator types `/fakechat:access …`. */
  operator(...args: string[]): Promise<{ ok: boolean; text: string }>
  ask(params?: object): void
  verdicts(): readonly unknown[]
}

async function start(): Promise<Setting> {
  const env = { FAKECHAT_PORT: String(await freePort()) }
  const host = await startFakeHost({
    command: runtimeCommand('node'),
    args: [START],
    env,
    capabilities: backchannelCapabilities(['receipts', 'origin', 'questions', 'control', 'access']),
    register: true,
  })
  onTestFinished(() => host.close())
  const directory = join(host.home, '.claude/channels/fakechat')
  const port = Number((await host.waitForStderr(/fakechat: http:\/\/localhost:(\d+)/))[1])
  return {
    host,
    port,
    directory,
    operator: async (...args) => (await host.request('backchannel/access', { args })) as { ok: boolean; text: string },
    ask: (params = {}) => host.notify('notifications/claude/channel/permission_request', { ...REQUEST, ...params }),
    verdicts: () => host.notifications.filter(({ method }) => method === VERDICT).map(({ params }) => params),
  }
}

async function open(port: number): Promise<TestSocket & { readonly challenge: unknown }> {
  const page = await connectSocket(port)
  onTestFinished(() => page[Symbol.asyncDispose]())
  const hello = page.frames.find(({ type }) => type === 'hello')
  return Object.assign(page, { challenge: hello?.['challenge'] })
}

async function openAs(browser: TestBrowser, port: number) {
  const page = await open(port)
  page.send(await browser.prove(page.challenge, `127.0.0.1:${port}`))
  return { page, identity: await page.next('identity') }
}

/** A browser whose code the operator has typed. */
async function openPaired(setting: Setting) {
  const browser = await createBrowser()
  const { page } = await openAs(browser, setting.port)
  page.send({ type: 'pair' })
  const { code } = await page.next('pairing')
  expect(await setting.operator('pair', String(code))).toMatchObject({ ok: true })
  expect(await page.next('identity')).toMatchObject({ approver: true })
  return { browser, page }
}

describe('a paired browser', () => {
  test('is shown the prompt, answers it, and is told how it ended', async () => {
    const setting = await start()
    const { page, browser } = await openPaired(setting)
    setting.ask({ origin: { source: 'fakechat', chat_id: 'web' } })
    expect(await page.next('permission')).toEqual({
      type: 'permission',
      id: 'abcde',
      tool: 'Bash',
      description: 'Run shell command',
      preview: '{"command":"touch x"}',
    })
    page.send({ type: 'verdict', id: 'abcde', behavior: 'allow', scope: 'session' })
    await setting.host.nextNotification(VERDICT)
    expect(setting.verdicts()).toEqual([
      { request_id: 'abcde', behavior: 'allow', scope: 'session', by: expect.stringMatching(/^browser-[0-9a-f]{32}$/) },
    ])
    setting.host.notify('notifications/backchannel/permission_resolved', {
      request_id: 'abcde',
      outcome: 'allow',
      by: 'fakechat',
    })
    expect(await page.next('permission-resolved')).toMatchObject({ id: 'abcde', outcome: 'allow', by: 'fakechat' })
    page.send({ type: 'verdict', id: 'abcde', behavior: 'deny' })
    expect(await page.next('permission-resolved')).toMatchObject({ outcome: 'cancelled' })
    expect(setting.verdicts()).toHaveLength(1)
    const again = await openAs(browser, setting.port)
    expect(again.identity).toMatchObject({ approver: true })
  })

  test('that comes back finds what is open, and can type the answer', async () => {
    const setting = await start()
    const { browser } = await openPaired(setting)
    setting.ask()
    const { page } = await openAs(browser, setting.port)
    await page.next('permission')
    page.send({ id: 'm1', text: 'yes great' })
    await setting.host.nextEvent(({ content }) => content === 'yes great')
    page.send({ id: 'm2', text: ' YES abcde ' })
    await setting.host.nextNotification(VERDICT)
    expect(setting.verdicts()).toMatchObject([{ request_id: 'abcde', behavior: 'allow' }])
    expect(setting.host.events.map(({ content }) => content)).toEqual(['yes great'])
  })

  test('stops the agent', async () => {
    const setting = await start()
    const { page } = await openPaired(setting)
    page.send({ type: 'interrupt' })
    const { params } = await setting.host.nextNotification('notifications/backchannel/control')
    expect(params).toMatchObject({ action: 'interrupt' })
  })

  test('answers a question, in choices or in own words, and types commands of the session', async () => {
    const setting = await start()
    const { page } = await openPaired(setting)
    const stranger = await open(setting.port)
    const choices = [
      { id: 'a', label: 'A\u202e' },
      { id: 'b', label: 'B' },
    ]
    const question = { question_id: 'bcdef', text: 'Which?', choices, multiple: true }
    setting.host.notify('notifications/backchannel/question', question)
    const shown = await page.next('question')
    expect(shown).toMatchObject({ id: 'bcdef', text: 'Which?', multiple: true, words: true })
    expect(shown['choices']).toEqual([
      { id: 'a', label: 'A\\u{202e}' },
      { id: 'b', label: 'B' },
    ])
    stranger.send({ type: 'answer', id: 'bcdef', choices: ['a'] })
    await stranger.next('error')
    page.send({ type: 'answer', id: 'bcdef', choices: ['c'] })
    await page.next('error')
    page.send({ type: 'answer', id: 'bcdef', choices: ['b'], text: 'for now' })
    const { params } = await setting.host.nextNotification('notifications/backchannel/answer')
    expect(params).toMatchObject({ question_id: 'bcdef', choices: ['b'], text: 'for now' })
    page.send({ id: 'm1', text: '/status' })
    const { params: asked } = await setting.host.nextNotification('notifications/backchannel/control')
    expect(asked).toMatchObject({ action: 'status' })
    const { control_id } = asked as { control_id: string }
    const result = { action: 'status', by: 'x', control_id, ok: true, text: 'At rest.\nNothing waits.' }
    setting.host.notify('notifications/backchannel/control_result', result)
    expect(await page.next('note')).toEqual({ type: 'note', text: 'At rest.\nNothing waits.' })
    stranger.send({ id: 'm2', text: '/new' })
    expect(await stranger.next('error')).toMatchObject({ id: 'm2', error: 'not-approver' })
    expect(stranger.frames.filter(({ type }) => type === 'question')).toEqual([])
  })

  test('that the operator takes off the list answers no more', async () => {
    const setting = await start()
    const { page } = await openPaired(setting)
    const status = await setting.operator('status')
    const [sender = ''] = /browser-[0-9a-f]{32}/.exec(status.text) ?? []
    setting.ask()
    await page.next('permission')
    expect(await setting.operator('approver', 'remove', sender)).toMatchObject({ ok: true })
    const identity = () => page.frames.findLast(({ type }) => type === 'identity')
    await expect.poll(identity).toMatchObject({ approver: false })
    page.send({ type: 'verdict', id: 'abcde', behavior: 'allow' })
    await page.next('error')
    expect(setting.verdicts()).toEqual([])
  })
})

describe('a script on this machine', () => {
  test('sees no prompt, and no answer of it counts', async () => {
    const setting = await start()
    await openPaired(setting)
    const stranger = await open(setting.port)
    const { page: unpaired } = await openAs(await createBrowser(), setting.port)
    setting.ask()
    for (const page of [stranger, unpaired]) {
      page.send({ type: 'verdict', id: 'abcde', behavior: 'allow' })
      page.send({ type: 'interrupt' })
      page.send({ id: 'm1', text: 'yes abcde' })
      await page.next('error')
    }
    await setting.host.nextEvent(({ content }) => content === 'yes abcde')
    expect(await staysTrue(() => setting.verdicts().length === 0, 100)).toBe(true)
    for (const { frames } of [stranger, unpaired])
      expect(frames.filter(({ type }) => type === 'permission')).toEqual([])
    expect(setting.host.notifications.filter(({ method }) => method.endsWith('/control'))).toEqual([])
  })

  test('is not taken for the paired browser: a proof is for one connection, one server and one key', async () => {
    const setting = await start()
    const { browser } = await openPaired(setting)
    const first = await open(setting.port)
    const proof = await browser.prove(first.challenge, `127.0.0.1:${setting.port}`)
    const second = await open(setting.port)
    const good = await browser.prove(second.challenge, `127.0.0.1:${setting.port}`)
    const other = await (await createBrowser()).prove(second.challenge, `127.0.0.1:${setting.port}`)
    const tries = [
      proof,
      await browser.prove(second.challenge, 'localhost:1'),
      { ...other, key: good.key },
      { ...good, signature: other.signature },
      { ...good, signature: 'AAAA' },
      { ...good, key: Buffer.alloc(65, 4).toString('base64url') },
      { type: 'identify', key: '', signature: '' },
    ]
    for (const one of tries) {
      second.send(one)
      await second.next('error')
    }
    expect(second.frames.filter(({ type }) => type === 'identity')).toEqual([])
  })

  test('gets a code, and cannot type it: the word of the operator comes over the pipe alone', async () => {
    const setting = await start()
    const { page } = await openAs(await createBrowser(), setting.port)
    page.send({ type: 'pair' })
    const { code } = await page.next('pairing')
    for (const text of [`/fakechat:access pair ${code}`, `pair ${code}`]) {
      page.send({ id: text.slice(0, 5).replace(' ', '-'), text })
      await setting.host.nextEvent(({ content }) => content === text)
    }
    expect((await setting.operator('status')).text).not.toMatch(/may approve.*browser-/)
    expect(page.frames.filter(({ type, approver }) => type === 'identity' && approver === true)).toEqual([])
  })

  test('writes itself into the files of the running channel in vain', async () => {
    const setting = await start()
    await openPaired(setting)
    const browser = await createBrowser()
    const { page, identity } = await openAs(browser, setting.port)
    const approver = { sender: identity['sender'], chat: 'web', since: new Date().toISOString() }
    await writeFile(
      join(setting.directory, 'approvers.json'),
      JSON.stringify({ relay: 'origin', approvers: [approver] }),
    )
    await writeFile(join(setting.directory, 'access.json'), JSON.stringify({ allowFrom: [identity['sender']] }))
    setting.ask()
    page.send({ type: 'verdict', id: 'abcde', behavior: 'allow' })
    await page.next('error')
    const again = await openAs(browser, setting.port)
    expect(again.identity).toMatchObject({ approver: false })
    expect(setting.verdicts()).toEqual([])
  })

  test('guesses no code: after ten wrong ones, none that waits is good', async () => {
    const setting = await start()
    const { page } = await openAs(await createBrowser(), setting.port)
    page.send({ type: 'pair' })
    const { code } = await page.next('pairing')
    for (let tried = 0; tried < 10; tried += 1) await setting.operator('pair', tried.toString(16).padStart(6, 'f'))
    expect(await setting.operator('pair', String(code))).toMatchObject({ ok: false })
  })
})
