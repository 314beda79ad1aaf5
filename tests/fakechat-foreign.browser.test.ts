/** A page of another origin, in a real browser, against fakechat: it can neither read, write, frame nor connect. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FakeHost } from '@backchannel/testkit'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from './support/browser.ts'
import { addressOf, openPage, reply, startSession } from './support/fakechat.ts'

let browser: Browser
let host: FakeHost
let target: string
/** A server of somebody else; its pages are of the same site as fakechat, or of another one. */
const foreign = createServer((request, response) => {
  response.setHeader('content-type', 'text/html')
  response.end(`<!doctype html><title>foreign</title><a id="link" href="${request.url?.slice(2)}">open</a>`)
})

beforeAll(async () => {
  await once(foreign.listen(0, '127.0.0.1'), 'listening')
  browser = await launchBrowser()
  host = await startSession()
  target = await addressOf(host)
})
afterAll(async () => {
  await Promise.all([browser?.close(), host?.close()])
  foreign.close()
})

/** `same-site` means another port of the same host name: browsers call that a site, but it is another program. */
async function openForeign(site: 'same-site' | 'cross-site'): Promise<Page> {
  const page = await browser.newPage()
  const { port } = foreign.address() as AddressInfo
  await page.goto(`http://${site === 'same-site' ? 'localhost' : '127.0.0.1'}:${port}/?${target}`)
  return page
}

test.each(['same-site', 'cross-site'] as const)('a %s page gets nothing and delivers nothing', async (site) => {
  await using chat = await openPage(browser, target)
  await chat.state('Connected')
  const page = await openForeign(site)
  const outcome = await page.evaluate(async (url) => {
    const form = () => {
      const data = new FormData()
      data.set('id', 'u1')
      data.set('text', 'injected')
      data.set('file', new File(['x'], 'a.txt'))
      return data
    }
    const status = (answer: Promise<Response>) =>
      answer.then(
        ({ type, status }) => `${type} ${status}`,
        () => 'failed',
      )
    const socket = (address: string) =>
      new Promise<string>((resolve) => {
        const one = new WebSocket(address)
        one.onmessage = ({ data }) => resolve(`read ${data}`)
        one.onopen = () => one.send('{"id":"u2","text":"injected"}')
        one.onclose = ({ code }) => resolve(`closed ${code}`)
      })
    const frame = (address: string) =>
      new Promise<string>((resolve) => {
        const one = document.createElement('iframe')
        one.src = address
        one.onload = () => {
          try {
            resolve(`readable ${one.contentDocument?.title}`)
          } catch {
            resolve('unreadable')
          }
        }
        document.body.append(one)
      })
    const image = (address: string) =>
      new Promise<string>((resolve) => {
        const one = new Image()
        one.onload = () => resolve('loaded')
        one.onerror = () => resolve('failed')
        one.src = address
      })
    return {
      read: await status(fetch(url)),
      inject: await status(fetch(`${url}/upload`, { method: 'POST', body: form() })),
      blind: await status(fetch(`${url}/upload`, { method: 'POST', body: form(), mode: 'no-cors' })),
      socket: await socket(`${url.replace('http', 'ws')}/ws`),
      frame: await frame(url),
      image: await image(`${url}/files/1.png`),
    }
  }, target)
  expect(outcome).toMatchObject({ read: 'failed', inject: 'failed', socket: 'closed 1006', image: 'failed' })
  // Opaque: the page can't tell what came, and what came was a refusal.
  expect(['failed', 'opaque 0']).toContain(outcome.blind)
  expect(outcome.frame).not.toMatch(/fakechat/)
  for (const inner of page.frames().slice(1)) {
    expect(await inner.locator('#app').count()).toBe(0)
  }
  await reply(host, 'only for its own page')
  await expect.poll(chat.texts, { timeout: 10_000 }).toContain('only for its own page')
  expect(host.events).toEqual([])
  await page.close()
})

test('a form of another site that is sent as a whole page delivers nothing', async () => {
  const page = await openForeign('cross-site')
  const answered = page.waitForResponse((response) => response.url().endsWith('/upload'))
  await page.evaluate((url) => {
    const form = document.createElement('form')
    form.action = `${url}/upload`
    form.method = 'post'
    form.enctype = 'multipart/form-data'
    form.innerHTML = '<input name="id" value="u1"><input name="text" value="injected">'
    document.body.append(form)
    form.submit()
  }, target)
  expect((await answered).status()).toBe(403)
  expect(host.events).toEqual([])
  await page.close()
})

test('a link on another site opens the chat, which works', async () => {
  const page = await openForeign('cross-site')
  await page.locator('#link').click()
  await page.getByRole('status').getByText('Connected').waitFor()
  await page.getByRole('textbox', { name: 'Message' }).fill('hello')
  await page.getByRole('textbox', { name: 'Message' }).press('Enter')
  expect((await host.nextEvent()).content).toBe('hello')
  await page.close()
})
