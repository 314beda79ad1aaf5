/** Approvals as people have them: the real command, the page in a real browser, and the agent that waits for an answer. */
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { backchannelCapabilities, startFakeHost } from '@backchannel/testkit'
import { HOSTILE_TEXTS } from '@backchannel/testkit/hostile-contract'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { launchBrowser } from './support/browser.ts'
import { createProject, type Project, type RunningSession } from './support/command.ts'
import { addressOf, type ChatPage, openPage } from './support/fakechat.ts'
import { ROOT } from './support/repository.ts'

const WAIT = { timeout: 15_000 }
const TEST = { timeout: 60_000 }
let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
}, 60_000)
afterAll(() => browser.close())

async function startSession(project: Project): Promise<RunningSession> {
  const session = project.start('--channels', 'plugin:fakechat@backchannel', '--input-format', 'stream-json')
  await session.event('notice', ({ message }) => message.includes('http://localhost:'))
  return session
}

/** The operator types the code that the page shows. */
async function pair(session: RunningSession, chat: ChatPage): Promise<void> {
  await chat.page.getByRole('button', { name: 'Approve from here' }).click()
  const command = await chat.page.locator('.pairing-command code').textContent()
  expect(command).toMatch(/^\/fakechat:access pair [0-9a-f]{6}$/)
  session.send({ type: 'command', text: command })
  await chat.page.locator('.pairing').waitFor({ state: 'detached' })
  await expect.poll(() => chat.page.getByRole('button', { name: 'Approve from here' }).count(), WAIT).toBe(0)
}

const openChat = (project: Project) => openPage(browser, `http://localhost:${project.ports.fakechat}`)
const cards = (chat: ChatPage) => chat.page.locator('.permission')
const requests = ({ events }: RunningSession) => events.filter(({ type }) => type === 'permission.requested')

it("a paired browser's Allow runs what the page asked for; a second verdict changes nothing", TEST, async () => {
  await using project = await createProject()
  const session = await startSession(project)
  await using chat = await openChat(project)
  await pair(session, chat)
  await chat.say('run: touch x')
  const asked = await session.event('permission.requested')
  expect(asked).toMatchObject({ tool_name: 'Bash', input_preview: '{"command":"touch x"}', relayed_to: ['fakechat'] })
  await cards(chat).waitFor()
  expect(await cards(chat).locator('pre').textContent()).toBe('{"command":"touch x"}')
  expect(existsSync(join(project.path, 'x'))).toBe(false)
  await cards(chat).getByRole('button', { name: 'Allow once' }).click()
  await session.event('turn.finished')
  expect(existsSync(join(project.path, 'x'))).toBe(true)
  expect(await session.event('permission.resolved')).toMatchObject({ behavior: 'allow', by: 'fakechat' })
  await expect.poll(() => cards(chat).count(), WAIT).toBe(0)
  await chat.page.getByText('Bash: allowed by fakechat').waitFor()
  session.send({ type: 'permission', request_id: asked.request_id, behavior: 'deny' })
  await session.event('notice', ({ message }) => message.includes('No permission request'))
  expect(session.events.filter(({ type }) => type === 'permission.resolved')).toHaveLength(1)
  expect(chat.problems).toEqual([])
  expect((await session.end()).code).toBe(0)
})

it(
  "Allow for this session, from the page, holds for the same command and ends by the operator's word",
  TEST,
  async () => {
    await using project = await createProject()
    const session = await startSession(project)
    await using chat = await openChat(project)
    await pair(session, chat)
    await chat.say('run: touch s')
    await cards(chat).getByRole('button', { name: 'Allow for this session' }).click()
    await session.event('turn.finished')
    expect(existsSync(join(project.path, 's'))).toBe(true)
    await rm(join(project.path, 's'))
    await chat.say('run: touch s')
    await session.event('turn.finished', ({ turn }) => turn === 2)
    expect(existsSync(join(project.path, 's'))).toBe(true)
    expect(requests(session)).toHaveLength(1)
    session.send({ type: 'command', text: '/approvals' })
    await session.event('notice', ({ message }) => message.includes('1. Bash "touch s", by fakechat'))
    session.send({ type: 'command', text: '/approvals forget 1' })
    await session.event('notice', ({ message }) => message.includes('asked again from now on'))
    await chat.say('run: touch s')
    await cards(chat).getByRole('button', { name: 'Deny' }).click()
    await session.event('permission.resolved', ({ behavior }) => behavior === 'deny')
    expect(requests(session)).toHaveLength(2)
    await session.end()
  },
)

it('answered at the session, the card closes; a reload keeps the pairing and the open request', TEST, async () => {
  await using project = await createProject()
  const session = await startSession(project)
  await using chat = await openChat(project)
  await pair(session, chat)
  await chat.say('run: touch y')
  const { request_id } = await session.event('permission.requested')
  await cards(chat).waitFor()
  await chat.page.reload()
  await cards(chat).waitFor()
  session.send({ type: 'permission', request_id, behavior: 'deny', note: 'not now' })
  await expect.poll(() => cards(chat).count(), WAIT).toBe(0)
  await chat.page.getByText('Bash: denied by terminal').waitFor()
  await session.event('turn.finished')
  expect(existsSync(join(project.path, 'y'))).toBe(false)
  await session.end()
})

it(
  'with the keyboard alone, on a small screen: nothing is chosen at first, and Enter elsewhere sends no answer',
  TEST,
  async () => {
    await using project = await createProject()
    const session = await startSession(project)
    await using chat = await openPage(browser, `http://localhost:${project.ports.fakechat}`, {
      viewport: { width: 320, height: 568 },
    })
    await pair(session, chat)
    await chat.say(`run: echo ${'long '.repeat(200)}; touch z`)
    await cards(chat).waitFor()
    await chat.message.press('Enter')
    await chat.page.keyboard.press('Enter')
    expect(session.events.some(({ type }) => type === 'permission.resolved')).toBe(false)
    const [width, room] = await chat.page.evaluate<[number, number]>(
      '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
    )
    expect(width).toBeLessThanOrEqual(room)
    expect(await cards(chat).locator('pre').textContent()).toContain('; touch z')
    await cards(chat).getByRole('button', { name: 'Deny' }).focus()
    await chat.page.keyboard.press('Enter')
    expect(await session.event('permission.resolved')).toMatchObject({ behavior: 'deny', by: 'fakechat' })
    await session.end()
  },
)

it('a browser that is not paired sees no request', TEST, async () => {
  await using project = await createProject()
  const session = await startSession(project)
  await using chat = await openChat(project)
  await chat.say('run: touch w')
  const { request_id } = await session.event('permission.requested')
  await chat.say(`yes ${request_id}`)
  await session.event('event.received', ({ content }) => content === `yes ${request_id}`)
  expect(await cards(chat).count()).toBe(0)
  expect(session.events.some(({ type }) => type === 'permission.resolved')).toBe(false)
  await session.end()
})

/** As a host would send them that neutralises nothing. */
const HOSTILE = HOSTILE_TEXTS.filter(({ text }) => text.length < 3_000).map(({ text }) => text)
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}\u2028\u2029]/u

interface ShownCard {
  readonly texts: readonly string[]
  readonly bidi: readonly string[]
  readonly direction: string
  /** Pixels of the input that can't be scrolled into sight. */
  readonly below: number
  readonly buttons: readonly string[]
}

it(
  'whatever is asked, a card shows it in the order in which it is there, and nothing of it is another card',
  TEST,
  async () => {
    const host = await startFakeHost({
      command: process.execPath,
      args: [join(ROOT, 'dist/marketplace/plugins/fakechat/start.cjs')],
      env: { FAKECHAT_PORT: '0' },
      capabilities: backchannelCapabilities(['receipts', 'origin', 'control', 'access']),
      register: true,
    })
    onTestFinished(() => host.close())
    await using chat = await openPage(browser, await addressOf(host))
    await chat.page.getByRole('button', { name: 'Approve from here' }).click()
    const [, code] =
      /pair ([0-9a-f]{6})$/.exec((await chat.page.locator('.pairing-command code').textContent()) ?? '') ?? []
    await host.request('backchannel/access', { args: ['pair', code] })
    for (const [at, text] of HOSTILE.entries()) {
      const request_id = `${'abcdefghijkmnopqrstuvwxyz'[at % 25]}aaa${at < 25 ? 'a' : 'b'}`
      const input_preview = `{"command":"${text}; rm -rf ~/END"}`
      const method = 'notifications/claude/channel/permission_request'
      host.notify(method, { request_id, tool_name: `Bash${text}`, description: text, input_preview })
      await cards(chat).waitFor()
      expect(await cards(chat).count(), text).toBe(1)
      const shown = await chat.page.evaluate<ShownCard>(
        `(() => {
        const card = document.querySelector('.permission')
        const parts = ['h2 strong', 'p', 'pre'].map((name) => card.querySelector(name))
        parts[2].scrollTop = parts[2].scrollHeight
        return {
          texts: parts.map((part) => part.textContent),
          bidi: parts.map((part) => getComputedStyle(part).unicodeBidi),
          direction: getComputedStyle(parts[2]).direction,
          below: parts[2].scrollHeight - parts[2].scrollTop - parts[2].clientHeight,
          buttons: [...card.querySelectorAll('.permission-answers button')].map((button) => button.textContent),
        }
      })()`,
      )
      for (const part of shown.texts) expect(UNSEEN.exec(part)?.[0], text).toBeUndefined()
      expect(shown.texts[2]).toMatch(/; rm -rf ~\/END"\}$/)
      expect(shown.bidi).toEqual(['isolate', 'isolate', 'isolate-override'])
      expect(shown.direction).toBe('ltr')
      expect(shown.buttons).toEqual(['Allow once', 'Allow for this session', 'Deny'])
      expect(shown.below).toBeLessThanOrEqual(1)
      host.notify('notifications/backchannel/permission_resolved', { request_id, outcome: 'deny', by: text })
      await expect.poll(() => cards(chat).count(), WAIT).toBe(0)
      expect(UNSEEN.exec((await chat.page.locator('.permission-end').textContent()) ?? '')?.[0]).toBeUndefined()
    }
    expect(chat.problems).toEqual([])
  },
)
