/** Questions and control as people have them: the real command, the page in a real browser, and each message's state there. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchBrowser } from './support/browser.ts'
import { createProject } from './support/command.ts'
import { openPage } from './support/fakechat.ts'

const WAIT = { timeout: 15_000 }
let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
}, 60_000)
afterAll(() => browser.close())

it(
  'a card takes one press, several boxes or own words; /stop and /status work there, and each state is shown',
  {
    timeout: 60_000,
  },
  async () => {
    await using project = await createProject()
    const session = project.start('--channels', 'plugin:fakechat@backchannel', '--input-format', 'stream-json')
    await session.event('notice', ({ message }) => message.includes('http://localhost:'))
    await using chat = await openPage(browser, `http://localhost:${project.ports.fakechat}`)
    const { page } = chat
    const cards = page.locator('.question')
    await page.getByRole('button', { name: 'Approve from here' }).click()
    session.send({ type: 'command', text: await page.locator('.pairing-command code').textContent() })
    await page.locator('.pairing').waitFor({ state: 'detached' })

    await chat.say('ask: Which database? | PostgreSQL | SQLite')
    expect(await session.event('question.requested')).toMatchObject({ relayed_to: ['fakechat'], multiple: false })
    await cards.getByRole('button', { name: 'SQLite' }).click()
    const answered = { outcome: 'answered', choices: ['2'], by: 'fakechat' }
    expect(await session.event('question.resolved')).toMatchObject(answered)
    await page.getByRole('paragraph').filter({ hasText: 'Your answer: SQLite' }).waitFor()
    await page.getByText('Which database? — SQLite, answered by fakechat').waitFor()
    await page.getByText('done', { exact: true }).first().waitFor()

    await chat.say('ask several: Which ones? | A | B | C')
    await cards.getByLabel('A', { exact: true }).check()
    await cards.getByLabel('C', { exact: true }).check()
    await page.reload()
    await cards.getByLabel('C', { exact: true }).check()
    await cards.getByLabel('In your own words').fill('and D')
    await page.keyboard.press('Enter')
    await page.getByRole('paragraph').filter({ hasText: 'Your answer: C, and D' }).waitFor()

    await chat.say('wait 3600')
    await page.getByText('working…').waitFor()
    await chat.say('/status')
    await page
      .locator('.note')
      .getByText(/At work for .* on a message of fakechat · web/)
      .waitFor()
    await chat.say('ls')
    await page.getByText('stored, waits for the agent').waitFor()
    await chat.say('/stop')
    await page
      .locator('.note')
      .getByText(/Stopped the agent after/)
      .waitFor()
    await page.getByText('failed: somebody stopped the agent').waitFor()
    await expect.poll(() => page.getByText('done', { exact: true }).count(), WAIT).toBeGreaterThan(2)

    await chat.say('ask: Again? | Yes | No')
    const { question_id } = await session.event('question.requested', ({ text }) => text === 'Again?')
    await cards.waitFor()
    session.send({ type: 'answer', question_id, choices: ['1'] })
    await page.getByText('Again? — Yes, answered by terminal').waitFor()
    expect(await cards.count()).toBe(0)
    expect(chat.problems).toEqual([])
    expect((await session.end()).code).toBe(0)
  },
)
