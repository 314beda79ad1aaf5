/** fakechat's history in a real Chromium: after a reload, after a restart, in several tabs, and where it can't be kept. */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createTempDirectory, type FakeHost } from '@backchannel/testkit'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from './support/browser.ts'
import { addressOf, type ChatPage, openPage, reply, startSession } from './support/fakechat.ts'

const WAIT = { timeout: 15_000 }

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser?.close())

/** Says a text in a page and waits for it in the session. @returns the id of the event */
async function say(chat: ChatPage, host: FakeHost, text: string): Promise<string> {
  await chat.say(text)
  return (await host.nextEvent()).event_id ?? ''
}

test('after a restart everything is there: texts, files, states and their reasons, older messages page by page', async () => {
  await using folder = await createTempDirectory()
  const env = { FAKECHAT_STATE_DIR: folder.path }
  {
    await using host = await startSession(env)
    await using chat = await openPage(browser, await addressOf(host))
    await chat.state('Connected')
    for (let at = 0; at < 150; at += 1) await reply(host, `message ${at}`)
    host.receipt(await say(chat, host, 'is done'), 'completed')
    host.receipt(await say(chat, host, 'has failed'), 'failed', 'the model is away')
    host.receipt(await say(chat, host, 'is not taken'), 'dropped', 'overflow')
    host.receipt(await say(chat, host, 'is worked on'), 'started')
    host.receipt(await say(chat, host, 'was cut off'), 'failed', 'session-ended')
    await chat.attach({ name: 'table.csv', mimeType: 'text/csv', buffer: Buffer.from('1,2\n') })
    await say(chat, host, 'with a file')
    await expect.poll(chat.deliveries, WAIT).toHaveLength(6)
  }
  await using host = await startSession(env)
  await using chat = await openPage(browser, await addressOf(host), { viewport: { width: 600, height: 500 } })
  await expect.poll(() => chat.page.locator('.message').count(), WAIT).toBe(100)
  const expected = [
    'done',
    'failed: the model is away',
    'not taken by the session: too many messages wait already; send it again when the agent has caught up',
    'stored',
    'stored: the session ended before the agent was done; the next one gets it',
    'stored',
  ]
  expect(await chat.deliveries()).toEqual(expected)
  const link = chat.page.locator('.message.user a.file')
  const [download] = await Promise.all([chat.page.waitForEvent('download'), link.click()])
  expect(download.suggestedFilename()).toBe('table.csv')

  await expect.poll(() => distanceToEnd(chat), WAIT).toBe(0)
  const top = chat.page.locator('.message').first()
  expect(await top.locator('.text').textContent()).toBe('message 56')
  // From far above the older ones come by themselves, and what is read stays where it is.
  await chat.page.locator('.log').evaluate((log) => {
    log.scrollTop = 300
  })
  const before = await chat.page.getByText('message 60', { exact: true }).boundingBox()
  await expect.poll(() => chat.page.locator('.message').count(), WAIT).toBe(156)
  const after = await chat.page.getByText('message 60', { exact: true }).boundingBox()
  expect(Math.abs((after?.y ?? 0) - (before?.y ?? 9999))).toBeLessThan(30)
  expect(await top.locator('.text').textContent()).toBe('message 0')
  expect(await chat.page.getByRole('button', { name: 'Show older messages' }).count()).toBe(0)
  expect(chat.problems).toEqual([])
}, 60_000)

test('two tabs are in step: messages, files, edits, states, and after a reload too', async () => {
  await using host = await startSession()
  await using one = await openPage(browser, await addressOf(host))
  await using two = await openPage(browser, await addressOf(host))
  await Promise.all([one.state('Connected'), two.state('Connected')])
  const event = await say(one, host, 'from the first')
  await two.attach({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('x') })
  await say(two, host, 'from the second')
  const id = await reply(host, 'a draft')
  host.receipt(event, 'failed', 'the model is away')
  await host.callTool('edit_message', { message_id: id, text: 'final' })
  const look = async (chat: ChatPage) => [
    await chat.texts(),
    await chat.deliveries(),
    await chat.page.locator('.file-name').allTextContents(),
    await chat.page.locator('.edited').count(),
  ]
  const expected = [
    ['from the first', 'from the second', 'final'],
    ['failed: the model is away', 'stored'],
    ['a.txt'],
    1,
  ]
  for (const chat of [one, two]) await expect.poll(() => look(chat), WAIT).toEqual(expected)
  await one.page.reload()
  await expect.poll(() => look(one), WAIT).toEqual(expected)
  // What came from elsewhere and what went wrong is said to a screen reader; what was there before is not.
  const said = (chat: ChatPage) => chat.page.locator('[aria-live=polite][aria-atomic]').textContent()
  expect(await said(one)).toBe('')
  await reply(host, 'something new')
  for (const chat of [one, two]) await expect.poll(() => said(chat), WAIT).toBe('Agent: something new')
})

test('where the history can not be kept the page says so, and says no more when it can', async () => {
  await using folder = await createTempDirectory()
  await mkdir(join(folder.path, 'history.db'))
  await using host = await startSession({ FAKECHAT_STATE_DIR: folder.path })
  await using chat = await openPage(browser, await addressOf(host))
  await say(chat, host, 'hello')
  const problem = chat.page.locator('.notice')
  await problem.waitFor()
  expect(await problem.textContent()).toMatch(/history .* What is said now is not kept for later\.$/)
  await rm(join(folder.path, 'history.db'), { recursive: true })
  await expect.poll(() => problem.count(), WAIT).toBe(0)
  expect(await chat.texts()).toEqual(['hello'])
})

async function distanceToEnd(chat: ChatPage): Promise<number> {
  return chat.page.locator('.log').evaluate((log) => Math.round(log.scrollHeight - log.scrollTop - log.clientHeight))
}
