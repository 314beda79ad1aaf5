/** docs/webhook-sources.md is true: its file is taken, and makes of GitHub's delivery the event it shows. */
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { fillSample } from './commands/samples.ts'
import { SCHEMES } from './schemes/index.ts'
import { startFixture } from './sources.fixture.ts'

const page = await readFile(new URL('../../../docs/webhook-sources.md', import.meta.url), 'utf8')

it('shows a file and the event it makes', async () => {
  const [, written = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? []
  const fixture = await startFixture(JSON.parse(written))
  try {
    const sample = JSON.parse(await readFile(new URL('../samples/github-workflow-run.json', import.meta.url), 'utf8'))
    const { body, headers } = fillSample(sample, 'd1')
    // The variable is not set here, so that the older of the two secrets signs.
    expect((await fixture.send('github', { body, headers })).status).toBe(202)
    const push = await fixture.send('github', { id: 'd2' })
    expect(await push.json()).toEqual({ ok: true, filtered: true })
    const [event] = fixture.events
    const attributes = Object.entries(event?.meta ?? {}).map(([key, value]) => ` ${key}="${value}"`)
    expect(page).toContain(`<channel source="webhook"${attributes.join('')}>\n${event?.content}\n</channel>`)
  } finally {
    await fixture.close()
  }
})

it('lists the schemes there are, and which of them sign the time', () => {
  const rows = [...page.matchAll(/^\| `(\w+)`.*? \|.*? \| (yes|no|with a signing token) \|/gm)]
  expect(rows.map(([, name, timed]) => [name, timed !== 'no'])).toEqual(
    [...SCHEMES.values()].map(({ name, timed }) => [name, timed]),
  )
})
