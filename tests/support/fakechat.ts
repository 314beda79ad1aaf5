/** fakechat as a person has it: the built plugin in a session that gives receipts, and its page in a real browser. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { backchannelCapabilities, type FakeHost, startFakeHost } from '@backchannel/testkit'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'

const START = fileURLToPath(new URL('../../dist/marketplace/plugins/fakechat/start.cjs', import.meta.url))

/** @param env settings, such as `FAKECHAT_PORT`; by default any free port. */
export async function startSession(env: Readonly<Record<string, string>> = {}): Promise<FakeHost> {
  if (!existsSync(START)) throw new Error(`${START} is missing. Run "npm run build" first.`)
  return startFakeHost({
    command: process.execPath,
    args: [START],
    env: { FAKECHAT_PORT: '0', ...env },
    capabilities: backchannelCapabilities(['receipts']),
    register: true,
  })
}

export async function addressOf(host: FakeHost): Promise<string> {
  const [, address = ''] = await host.waitForStderr(/fakechat: (http:\/\/localhost:\d+)/)
  return address
}

/** The id that `reply` returned. */
export async function reply(host: FakeHost, text: string, more: object = {}): Promise<string> {
  const { content } = await host.callTool('reply', { text, ...more })
  return /\((m[\d-]+)\)/.exec(content[0]?.text ?? '')?.[1] ?? ''
}

export interface ChatPage extends AsyncDisposable {
  readonly page: Page
  readonly message: Locator
  /** Types a text and sends it with Enter. */
  say(text: string): Promise<void>
  attach(...files: (string | { name: string; mimeType: string; buffer: Buffer })[]): Promise<void>
  /** The texts of all messages, in order, as a person reads them. */
  texts(): Promise<string[]>
  /** What became of the person's messages, in order. */
  deliveries(): Promise<string[]>
  /** Waits for the word in the status bar. */
  state(word: string): Promise<void>
  /** Errors of the page and what its policy refused; requests to other places. */
  readonly problems: readonly string[]
}

export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<ChatPage> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('console', (line) => {
    // A channel that is away refuses connections; that is the browser's word for it.
    if (line.type() === 'error' && !line.text().includes('ERR_CONNECTION')) problems.push(line.text())
  })
  page.on('request', (request) => {
    if (!/^(?:blob|data):/.test(request.url()) && !request.url().startsWith(url)) problems.push(request.url())
  })
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss().catch(() => {})
  })
  await page.goto(url)
  const message = page.getByRole('textbox', { name: 'Message' })
  return {
    page,
    message,
    async say(text) {
      await message.fill(text)
      await message.press('Enter')
    },
    attach: (...files) => page.getByLabel('Files', { exact: true }).setInputFiles(files as string[]),
    texts: () => page.locator('.message .text').allTextContents(),
    deliveries: () => page.locator('.message.user .delivery').allTextContents(),
    state: (word) => page.getByRole('status').getByText(word).waitFor(),
    problems,
    [Symbol.asyncDispose]: () => context.close(),
  }
}
