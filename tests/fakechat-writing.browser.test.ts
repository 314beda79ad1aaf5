/** fakechat in a real Chromium: formatted text that stays harmless, files by dropping and pasting, uploads taken back, the keyboard. */
import type { FakeHost } from '@backchannel/testkit'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from './support/browser.ts'
import { findFaintText } from './support/contrast.ts'
import { addressOf, openPage, reply, startSession } from './support/fakechat.ts'

const WAIT = { timeout: 15_000 }

let browser: Browser
let host: FakeHost
let url: string
beforeAll(async () => {
  browser = await launchBrowser()
  host = await startSession()
  url = await addressOf(host)
})
afterAll(() => Promise.all([browser?.close(), host?.close()]))

test('Markdown of the agent is shown; nothing in it runs, loads or leads anywhere else', async () => {
  await using chat = await openPage(browser, url)
  await chat.state('Connected')
  const last = chat.page.locator('.message').last().locator('.text')
  const show = async (text: string) => {
    await reply(host, text)
    const shown = chat.page.locator('.message', { hasText: endOf(text) }).last()
    await shown.waitFor()
    return shown.locator('.text')
  }
  await show(
    '## Result\n\n**bold** `code` [run](https://ci.example.com/1)\n\n1. a\n   - [x] b\n\n| l | r |\n|--|--:|\n| 1 | 2 |\n\n```ts\nconst a = "<b>"\n```\n\nend of it',
  )
  expect(
    await last.evaluate((element) => [...new Set([...element.querySelectorAll('*')].map(({ tagName }) => tagName))]),
  ).toEqual(
    expect.arrayContaining(['H4', 'P', 'STRONG', 'CODE', 'A', 'OL', 'LI', 'UL', 'INPUT', 'TABLE', 'TH', 'TD', 'PRE']),
  )
  const link = last.getByRole('link')
  const attributes = ['href', 'rel', 'target'].map((name) => link.getAttribute(name))
  expect(await Promise.all(attributes)).toEqual(['https://ci.example.com/1', 'noopener noreferrer', '_blank'])
  expect(await last.locator('pre').textContent()).toBe('const a = "<b>"')

  const hostile = [
    '[a](javascript:window.injected=1) end 1.',
    '[a](JAVASCRIPT&colon;window.injected=1) end 2.',
    '[b]: data:text/html,<script>window.injected=1</script>\n\n[a][b] end 3.',
    '<javascript:window.injected=1> <a href="javascript:window.injected=1">x</a> end 4.',
    '![a](https://example.com/tracker.png) <img src=x onerror=window.injected=1> end 5.',
    '<script>window.injected=1</script>\n\n<style>*{display:none}</style>\n\nend 6.',
    '`<img src=x onerror=window.injected=1>`\n\n```html"onload="x\n<script>window.injected=1</script>\n```\n\nend 7.',
    '[a](https://example.com "\\" onmouseover=window.injected=1 x=") end 8.',
    '| <svg onload=window.injected=1> |\n|--|\n| <b>x</b> |\n\nend 9.',
    `${'> '.repeat(30)}${'[a]('.repeat(200)} end 10.`,
    `${'>'.repeat(15_000)} end 11.`,
    `${'*_'.repeat(9_000)} end 12.`,
    `${'- '.repeat(25)}deep end 13.`,
  ]
  for (const text of hostile) expect(await (await show(text)).textContent()).toContain(endOf(text))
  for (const anchor of await chat.page.locator('.text a').all()) {
    expect(await anchor.getAttribute('href')).toMatch(/^https:\/\//)
    expect(await anchor.getAttribute('rel')).toBe('noopener noreferrer')
  }
  const forbidden =
    '.text :is(script, style, img, svg:not(.icon), iframe, form, b, [onload], [onerror], [onmouseover], [style])'
  expect(await chat.page.locator(forbidden).count()).toBe(0)
  expect(await chat.page.evaluate('window.injected')).toBeUndefined()
  expect(chat.problems).toEqual([])
}, 60_000)

test('files are dropped and pasted; more than a message may have are refused in words', async () => {
  await using chat = await openPage(browser, url)
  await chat.state('Connected')
  await transfer(chat.page, 'dragover', ['a.txt'])
  await chat.page.getByText('Drop files to attach them').waitFor()
  await transfer(chat.page, 'drop', ['a.txt', 'b.txt'])
  await transfer(chat.page, 'paste', ['picture.png'])
  await expect
    .poll(() => chat.page.locator('.chip .file-name').allTextContents(), WAIT)
    .toEqual(['a.txt', 'b.txt', 'picture.png'])
  expect(await chat.page.getByText('Drop files to attach them').count()).toBe(0)
  await chat.say('')
  expect((await host.nextEvent()).meta).toMatchObject({
    attachment_count: '3',
    attachment_name: 'a.txt',
    attachment_name_2: 'b.txt',
    attachment_name_3: 'picture.png',
  })
  await transfer(
    chat.page,
    'drop',
    Array.from({ length: 11 }, (_, at) => `${at}.txt`),
  )
  expect(await chat.page.getByRole('alert').textContent()).toBe('A message may have 10 files.')
  expect(chat.problems).toEqual([])
})

test('an upload shows how far each file is; one file, or all, can be taken back', async () => {
  await using chat = await openPage(browser, url)
  await chat.state('Connected')
  const session = await chat.page.context().newCDPSession(chat.page)
  const throttle = (uploadThroughput: number) =>
    session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    })
  await throttle(400_000)
  const file = (name: string, size: number) => ({ name, mimeType: 'text/plain', buffer: Buffer.alloc(size, 'x') })
  await chat.attach(file('small.txt', 50_000), file('large.txt', 2_000_000))
  await chat.say('two files')
  const value = (name: string) =>
    chat.page
      .getByRole('progressbar', { name: `Upload of ${name}` })
      .evaluate((bar) => (bar as HTMLProgressElement).value)
  await expect.poll(() => value('small.txt'), WAIT).toBe(1)
  expect(await value('large.txt')).toBeLessThan(1)
  expect(await chat.deliveries().then((all) => all.at(-1))).toMatch(/^uploading \d+ %$/)
  await chat.page.getByRole('button', { name: 'Do not send large.txt' }).click()
  const { content, meta } = await host.nextEvent()
  expect([content, meta?.['attachment_name'], meta?.['attachment_count']]).toEqual([
    'two files',
    'small.txt',
    undefined,
  ])

  await chat.attach(file('large.txt', 2_000_000))
  await chat.say('on second thought')
  await chat.page.getByRole('progressbar').waitFor()
  await chat.message.press('Escape')
  await expect.poll(() => chat.message.inputValue(), WAIT).toBe('on second thought')
  expect(await chat.page.locator('.chip .file-name').allTextContents()).toEqual(['large.txt'])
  expect(await chat.page.getByText('on second thought', { exact: true }).and(chat.page.locator('.text')).count()).toBe(
    0,
  )
  await chat.page.getByRole('button', { name: 'Remove large.txt' }).click()
  await throttle(-1)
  await chat.message.press('Enter')
  expect(await host.nextEvent()).toMatchObject({ content: 'on second thought' })
})

test('everything can be done and seen by keyboard', async () => {
  await using chat = await openPage(browser, url, { permissions: ['clipboard-read', 'clipboard-write'] })
  await chat.state('Connected')
  const { keyboard } = chat.page
  await keyboard.type('by')
  await keyboard.press('Shift+Enter')
  await keyboard.type('keyboard')
  await keyboard.press('Enter')
  const { content, meta } = await host.nextEvent()
  expect(content).toBe('by\nkeyboard')
  await reply(host, '```\nto be copied\n```\n\n[to be followed](https://example.com)', {
    reply_to: meta?.['message_id'],
  })
  const answer = chat.page.locator('.message').last()
  await answer.getByText('to be copied').waitFor()

  const focused = () =>
    chat.page.evaluate(() => {
      const element = document.activeElement
      const style = element && getComputedStyle(element)
      const isSeen =
        style !== null &&
        ((Number.parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== 'none') ||
          element?.tagName === 'TEXTAREA')
      return `${element?.getAttribute('aria-label') ?? element?.textContent?.slice(0, 20)}${isSeen ? '' : ' (not seen)'}`
    })
  const path: string[] = []
  for (let step = 0; step < 7; step += 1) {
    await keyboard.press('Shift+Tab')
    path.push(await focused())
    if (path.at(-1) === 'Copy this code') break
  }
  expect(path).toEqual(['Attach files', 'Approve from here', 'to be followed', 'to be copied', 'Copy this code'])
  await keyboard.press('Enter')
  await answer.getByText('Copied', { exact: true }).waitFor()
  expect(await chat.page.evaluate(() => navigator.clipboard.readText())).toBe('to be copied')
  await keyboard.press('Shift+Tab')
  expect(await focused()).toBe('Show the message this answers')
  await keyboard.press('Enter')
  expect(await chat.page.evaluate(() => document.activeElement?.textContent)).toContain('keyboard')
  expect(chat.problems).toEqual([])
})

test.each(['light', 'dark'] as const)(
  'at 320 pixels and little motion, in %s colours: nothing is cut off, faint or moving',
  async (colorScheme) => {
    await using chat = await openPage(browser, url, {
      viewport: { width: 320, height: 568 },
      colorScheme,
      reducedMotion: 'reduce',
      hasTouch: true,
    })
    await chat.message.waitFor()
    const wide = 'w'.repeat(200)
    await chat.say(`a long word ${wide}`)
    const { event_id: id = '', meta } = await host.nextEvent()
    const table = `| ${wide} | ${wide} |\n|--|--|\n| 1 | 2 |`
    await reply(
      host,
      `# ${wide}\n\n\`${wide}\` https://example.com/${wide}\n\n\`\`\`\n${wide}\n\`\`\`\n\n> ${wide}\n\n${table}`,
      {
        reply_to: meta?.['message_id'],
      },
    )
    host.receipt(id, 'failed', `a reason with ${wide}`)
    await chat.say('is worked on')
    host.receipt((await host.nextEvent()).event_id ?? '', 'started')
    await chat.attach({ name: `${wide}.txt`, mimeType: 'text/plain', buffer: Buffer.from('x') })
    await chat.page.locator('.typing').waitFor()
    await chat.page.locator('.markdown table').last().waitFor()
    const tooWide = await chat.page.evaluate(() => {
      const scrolls = (element: Element | null): boolean =>
        element !== null &&
        !element.matches('.log') &&
        (getComputedStyle(element).overflowX === 'auto' || scrolls(element.parentElement))
      return [...document.querySelectorAll('body *')]
        .filter((element) => !scrolls(element.parentElement) && element.getBoundingClientRect().right > innerWidth)
        .map((element) => element.outerHTML.slice(0, 80))
    })
    expect(tooWide).toEqual([])
    expect(await chat.page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
    // Only code and tables scroll in themselves.
    expect(
      await chat.page
        .locator('.markdown')
        .last()
        .evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth),
    ).toBe(0)
    const send = await chat.page.getByRole('button', { name: 'Send', exact: true }).boundingBox()
    expect((send?.y ?? 568) + (send?.height ?? 0)).toBeLessThanOrEqual(568)
    expect(await findFaintText(chat.page)).toEqual([])
    expect(await chat.page.evaluate(() => document.getAnimations().length)).toBe(0)
  },
)

function endOf(text: string): string {
  return /end .*$/.exec(text)?.[0] ?? text
}

/** As a browser does it when files are dragged in or pasted. */
async function transfer(page: Page, type: 'dragover' | 'drop' | 'paste', names: string[]): Promise<void> {
  await page.evaluate(
    ([kind, files]) => {
      const data = new DataTransfer()
      for (const name of files) data.items.add(new File(['x'], name))
      const options = { bubbles: true, cancelable: true }
      if (kind === 'paste') {
        document
          .querySelector('textarea')
          ?.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, ...options }))
      } else document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: data, ...options }))
    },
    [type, names] as const,
  )
}
