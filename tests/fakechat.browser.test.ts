/** fakechat in a real Chromium: what a person writes, sees and downloads, and that the page outlives its channel. */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '@backchannel/testkit'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from './support/browser.ts'
import { addressOf, openPage, reply, startSession } from './support/fakechat.ts'

const WAIT = { timeout: 10_000 }
const WAITS = 'not sent yet: no session is there; it goes out when one is'
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser?.close())

test('a message reaches the session, its fate is shown, and the answer appears', async () => {
  await using host = await startSession()
  await using chat = await openPage(browser, await addressOf(host))
  await chat.state('Connected')
  await chat.message.pressSequentially('two')
  await chat.message.press('Shift+Enter')
  await chat.message.pressSequentially('lines')
  await chat.message.press('Enter')
  const event = await host.nextEvent()
  expect(event).toMatchObject({
    content: 'two\nlines',
    meta: { chat_id: 'web', message_id: expect.stringMatching(/^u\d{13}-\w+$/), user: 'web' },
  })
  expect(Object.keys(event.meta ?? {})).toEqual(['chat_id', 'message_id', 'user', 'ts'])
  await expect.poll(chat.deliveries, WAIT).toEqual(['stored'])
  host.receipt(event.event_id ?? '', 'started')
  await chat.state('Agent is working')
  await expect.poll(chat.deliveries, WAIT).toEqual(['working…'])
  await reply(host, 'an answer', { reply_to: event.meta?.['message_id'] })
  host.receipt(event.event_id ?? '', 'completed')
  await expect.poll(chat.texts, WAIT).toEqual(['two\nlines', 'an answer'])
  await expect.poll(chat.deliveries, WAIT).toEqual(['done'])
  expect(await chat.page.locator('.quote').textContent()).toBe('two lines')
  expect(await chat.message.inputValue()).toBe('')
  expect(chat.problems).toEqual([])
})

test('files go up and come down', async () => {
  await using host = await startSession()
  await using chat = await openPage(browser, await addressOf(host))
  await chat.attach(
    { name: 'photo.png', mimeType: 'image/png', buffer: PNG },
    { name: 'table.csv', mimeType: 'text/csv', buffer: Buffer.from('1,2\n') },
    { name: 'mistake.txt', mimeType: 'text/plain', buffer: Buffer.from('x') },
  )
  await chat.page.getByRole('button', { name: 'Remove mistake.txt' }).click()
  await chat.say('see both')
  const { content, meta = {} } = await host.nextEvent()
  expect([content, meta['attachment_count'], meta['attachment_name_2']]).toEqual(['see both', '2', 'table.csv'])
  expect(await readFile(meta['file_path'] ?? '')).toEqual(PNG)
  expect(await readFile(meta['file_path_2'] ?? '', 'utf8')).toBe('1,2\n')
  await expect.poll(chat.deliveries, WAIT).toEqual(['stored'])

  const path = join(host.home, 'naïve report.txt')
  await writeFile(path, 'forty-two')
  await reply(host, 'here', { files: [path, meta['file_path']] })
  const link = chat.page.locator('.message.assistant').getByRole('link', { name: /naïve report\.txt/ })
  const [download] = await Promise.all([chat.page.waitForEvent('download'), link.click()])
  expect(download.suggestedFilename()).toBe('naïve report.txt')
  expect(await readFile(await download.path(), 'utf8')).toBe('forty-two')
  const picture = chat.page.locator('.message.assistant img')
  await expect.poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth), WAIT).toBe(1)
  expect(chat.problems).toEqual([])
})

test('an edit shows, and keeps the files', async () => {
  await using host = await startSession()
  await using chat = await openPage(browser, await addressOf(host))
  await chat.state('Connected')
  const path = join(host.home, 'a.txt')
  await writeFile(path, 'x')
  const id = await reply(host, 'draft', { files: [path] })
  await expect.poll(chat.texts, WAIT).toEqual(['draft'])
  await host.callTool('edit_message', { message_id: id, text: 'final' })
  await expect.poll(chat.texts, WAIT).toEqual(['final'])
  expect(await chat.page.locator('.message .edited').textContent()).toBe('(edited)')
  expect(await chat.page.locator('.message .file').count()).toBe(1)
})

test('whatever a message holds, it stays text', async () => {
  await using host = await startSession()
  await using chat = await openPage(browser, await addressOf(host))
  await chat.state('Connected')
  const hostile = [
    '<img src=x onerror="document.title=1/0">',
    '<script>window.injected = true</script>',
    '"><svg onload=window.injected=true>',
    '</div></li></ol><iframe srcdoc="<script>parent.injected=true</script>">',
    'javascript:alert(1) <a href="javascript:alert(1)">x</a> &lt;b&gt; &amp; {{7*7}}',
    '\u202Etxet desrever\u202C \u0000 \uFEFF',
  ]
  for (const text of hostile) {
    await chat.say(text)
    const { meta } = await host.nextEvent()
    const id = await reply(host, text, { reply_to: meta?.['message_id'] })
    await host.callTool('edit_message', { message_id: id, text: `${text}!` })
  }
  const name = '<img src=x onerror=window.injected=1>.txt'
  await writeFile(join(host.home, name), 'x')
  await reply(host, name, { files: [join(host.home, name)] })
  await chat.attach({ name, mimeType: 'text/html', buffer: Buffer.from('<script>1</script>') })
  await chat.say('')
  await host.nextEvent()
  await expect.poll(() => chat.page.locator('.message').count(), WAIT).toBe(14)
  // Markdown reads references to characters; everything else of it stays what it is.
  const read = (text: string) => text.replace('&lt;b&gt; &amp;', '<b> &').replace('\0', '\uFFFD')
  expect(await chat.texts()).toEqual([...hostile.flatMap((text) => [text, read(`${text}!`)]), read(name)])
  expect(await chat.page.locator('.user .text *, .quote span *, .file-name *').count()).toBe(0)
  expect(await chat.page.locator('.assistant .text :not(p)').count()).toBe(0)
  expect(await chat.page.locator('iframe, script:not([type=module]), .message img').count()).toBe(0)
  expect(await chat.page.evaluate('window.injected')).toBeUndefined()
  expect(chat.problems).toEqual([])
})

test('the page outlives its channel: nothing is lost, nothing comes twice, nobody reloads', async () => {
  const port = String(await freePort())
  const first = await startSession({ FAKECHAT_PORT: port })
  await using chat = await openPage(browser, await addressOf(first))
  await chat.say('before')
  const event = await first.nextEvent()
  first.receipt(event.event_id ?? '', 'started')
  await reply(first, 'answer before')
  await expect.poll(chat.deliveries, WAIT).toEqual(['working…'])
  await chat.page.evaluate('window.neverReloaded = true')

  first.kill('SIGKILL')
  await first.close()
  await chat.state('Disconnected')
  await chat.say('while it was away')
  await chat.attach({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('away') })
  await chat.say('with a file')
  await expect.poll(chat.deliveries, WAIT).toEqual(['stored; the next session gets it', WAITS, WAITS])

  await using second = await startSession({ FAKECHAT_PORT: port })
  await chat.state('Connected')
  expect((await second.nextEvent()).content).toBe('while it was away')
  const uploaded = await second.nextEvent()
  expect(uploaded.content).toBe('with a file')
  expect(await readFile(uploaded.meta?.['file_path'] ?? '', 'utf8')).toBe('away')
  await expect.poll(chat.deliveries, WAIT).toEqual(['stored', 'stored', 'stored'])
  await reply(second, 'answer after')
  await expect
    .poll(chat.texts, WAIT)
    .toEqual(['before', 'answer before', 'while it was away', 'with a file', 'answer after'])
  expect(second.events).toHaveLength(2)
  expect(await chat.page.evaluate('window.neverReloaded')).toBe(true)
  expect(chat.problems).toEqual([])
})

test('a reload and a second page show what was said; each sees what the other writes', async () => {
  await using host = await startSession()
  await reply(host, 'said to nobody')
  await using chat = await openPage(browser, await addressOf(host))
  await expect.poll(chat.texts, WAIT).toEqual(['said to nobody'])
  await chat.attach({ name: 'photo.png', mimeType: 'image/png', buffer: PNG })
  await chat.say('from the first')
  await expect.poll(chat.deliveries, WAIT).toEqual(['stored'])
  await using other = await openPage(browser, await addressOf(host))
  await other.say('from the second')
  const all = ['said to nobody', 'from the first', 'from the second']
  await chat.page.reload()
  for (const page of [chat, other]) {
    await expect.poll(page.texts, WAIT).toEqual(all)
    const picture = page.page.locator('.message.user img')
    await expect.poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth), WAIT).toBe(1)
    expect(page.problems).toEqual([])
  }
})

test('an upload that fails says why below its message, and goes with a retry', async () => {
  await using host = await startSession()
  await using chat = await openPage(browser, await addressOf(host))
  await chat.state('Connected')
  const state = join(host.home, '.claude', 'channels', 'fakechat')
  await reply(host, 'makes the folder', { files: [await write(join(host.home, 'a.txt'))] })
  await write(join(state, 'inbox'))
  await chat.attach({ name: 'b.txt', mimeType: 'text/plain', buffer: Buffer.from('b') })
  await chat.say('see file')
  const problem = chat.page.locator('.delivery.problem')
  await problem.waitFor()
  expect(await problem.textContent()).toMatch(/^Not sent: .*inbox.*_STATE_DIR/)
  await chat.say('this one goes')
  expect((await host.nextEvent()).content).toBe('this one goes')
  await rm(join(state, 'inbox'))
  await chat.page.getByRole('button', { name: 'Retry' }).click()
  expect((await host.nextEvent()).content).toBe('see file')
  await expect.poll(chat.deliveries, WAIT).toEqual(['stored', 'stored'])
})

test('a file that is too large is refused before it is sent', async () => {
  await using host = await startSession()
  await using chat = await openPage(browser, await addressOf(host))
  await chat.state('Connected')
  await chat.page.evaluate(() => {
    const transfer = new DataTransfer()
    transfer.items.add(new File([new Uint8Array(50 * 1024 * 1024 + 1)], 'big.iso'))
    window.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, cancelable: true }))
  })
  const alert = chat.page.getByRole('alert')
  await alert.waitFor()
  expect(await alert.textContent()).toBe('big.iso has 50 MB; a file may have 50 MB.')
  expect(await chat.page.locator('.chip').count()).toBe(0)
})

test('the list stays at its end, but not under the eyes of somebody who reads further up', async () => {
  await using host = await startSession()
  await using chat = await openPage(browser, await addressOf(host), { viewport: { width: 600, height: 500 } })
  await chat.state('Connected')
  const distance = () =>
    chat.page.locator('.log').evaluate((log) => Math.round(log.scrollHeight - log.scrollTop - log.clientHeight))
  for (let count = 0; count < 30; count += 1) await reply(host, `message ${count}`)
  await expect.poll(() => chat.page.locator('.message').count(), WAIT).toBe(30)
  await expect.poll(distance, WAIT).toBe(0)
  await chat.page.locator('.log').hover()
  await chat.page.mouse.wheel(0, -600)
  await expect.poll(distance, WAIT).toBeGreaterThan(300)
  const before = await distance()
  await reply(host, 'one more')
  await chat.page.getByRole('button', { name: '1 new message' }).waitFor()
  expect(await distance()).toBeGreaterThanOrEqual(before)
  await chat.page.getByRole('button', { name: '1 new message' }).click()
  await expect.poll(distance, WAIT).toBe(0)
})

async function write(path: string): Promise<string> {
  await writeFile(path, 'x')
  return path
}
