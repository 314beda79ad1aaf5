/** What a journal is for: killed, restarted, refused by the disk, damaged; nothing acknowledged is lost, repeats say so. */
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  backchannelCapabilities,
  createTempDirectory,
  type FakeHost,
  runtimeCommand,
  startFakeHost,
} from '@backchannel/testkit'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const FIXTURE = join(import.meta.dirname, '../fixtures/journaled.ts')
type Temporary = Awaited<ReturnType<typeof createTempDirectory>>

describe.each(['node', 'bun'] as const)('a journal on %s', (runtime) => {
  let folder: Temporary
  const hosts: FakeHost[] = []
  beforeEach(async () => {
    folder = await createTempDirectory()
  })
  afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.close()))
    await folder[Symbol.asyncDispose]()
  })

  const start = async ({ receipts = true, env = {} }: { receipts?: boolean; env?: Record<string, string> } = {}) => {
    const host = await startFakeHost({
      command: runtimeCommand(runtime),
      args: [FIXTURE],
      env: { JOURNALED_STATE_DIR: join(folder.path, 'state'), ...env },
      capabilities: receipts ? backchannelCapabilities(['receipts']) : {},
      ...(receipts ? { register: true } : {}),
    })
    hosts.push(host)
    const port = Number((await host.waitForStderr(/port (\d+)/))[1])
    const post = async (body: string, headers: Record<string, string> = {}) => {
      const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body, headers })
      return { status: response.status, text: await response.text() }
    }
    return { host, post }
  }
  const contents = (host: FakeHost) => host.events.map(({ content }) => content)

  test('offers again, labelled, what the killed process had not seen completed', async () => {
    const first = await start()
    for (const body of ['one', 'two', 'three']) expect((await first.post(body)).status).toBe(200)
    const one = await first.host.nextEvent()
    first.host.receipt(one.event_id ?? '', 'completed')
    // The mark is written with the next group: another event that is answered is behind it.
    await first.post('four')
    first.host.kill('SIGKILL')
    await first.host.exit

    const second = await start()
    await second.host.nextEvent(({ content }) => content === 'four')
    expect(contents(second.host)).toEqual(['two', 'three', 'four'])
    expect(second.host.events.map(({ meta }) => meta?.['redelivered'])).toEqual(['true', 'true', 'true'])
    expect(second.host.events[0]?.meta).toEqual({ path: '/', redelivered: 'true' })
  })

  test('keeps beyond the window what waits, and offers it unlabelled when there is room', async () => {
    const { host, post } = await start()
    for (let at = 0; at < 300; at += 1) await post(`event ${at}`)
    await host.nextEvent(({ content }) => content === 'event 255')
    expect(host.events).toHaveLength(256)
    for (const { event_id: id } of host.events.slice(0, 44)) host.receipt(id ?? '', 'completed')
    await host.nextEvent(({ content }) => content === 'event 299')
    expect(contents(host)).toEqual(Array.from({ length: 300 }, (_, at) => `event ${at}`))
    expect(host.events.some(({ meta }) => meta?.['redelivered'] !== undefined)).toBe(false)
  })

  test('knows a delivery that comes again, also after a restart', async () => {
    const first = await start()
    const answer = JSON.parse((await first.post('once', { 'x-delivery': 'd1' })).text)
    expect(answer.duplicate).toBe(false)
    expect(JSON.parse((await first.post('once', { 'x-delivery': 'd1' })).text)).toEqual({ ...answer, duplicate: true })
    await first.host.close()
    const second = await start()
    expect(JSON.parse((await second.post('once', { 'x-delivery': 'd1' })).text)).toEqual({ ...answer, duplicate: true })
    await second.host.nextEvent()
    expect(contents(second.host)).toEqual(['once'])
  })

  test('takes the answered ping of a stock host for read, and does not offer that again', async () => {
    const first = await start({ receipts: false })
    await first.post('seen')
    await first.host.nextEvent()
    // Answered by the fake host as any MCP peer would; the mark is written behind it.
    await first.post('later')
    await first.host.nextEvent()
    await first.host.endInput()
    await first.host.exit
    const second = await start({ receipts: false })
    await second.post('new')
    await second.host.nextEvent(({ content }) => content === 'new')
    expect(contents(second.host)).not.toContain('seen')
  })

  test('gives a second process a journal of its own, which a later one adopts', async () => {
    const first = await start()
    const second = await start()
    await first.post('of the first')
    await second.post('of the second')
    await first.host.close()
    await second.host.close()
    const third = await start()
    await third.host.nextEvent(({ content }) => content === 'of the second')
    expect(contents(third.host).sort()).toEqual(['of the first', 'of the second'])
    expect((await readdir(join(folder.path, 'state'))).filter((name) => name.endsWith('.db'))).toEqual(['journal.db'])
  })

  test('puts a damaged journal aside, says so, and goes on', async () => {
    await mkdir(join(folder.path, 'state'))
    await writeFile(join(folder.path, 'state', 'journal.db'), 'this is no database at all, but long enough to be read')
    const { host, post } = await start()
    expect(host.stderr).toMatch(/the journal was damaged; it was put aside as .*journal\.db\.damaged-\d+/)
    expect((await post('hello')).status).toBe(200)
    await host.nextEvent()
    const files = await readdir(join(folder.path, 'state'))
    expect(files.some((name) => /^journal\.db\.damaged-\d+$/.test(name))).toBe(true)
  })

  test('acknowledges nothing while the folder cannot be made, and recovers without a restart', async () => {
    await writeFile(join(folder.path, 'state'), 'a file where the folder should be')
    const { host, post } = await start()
    expect(await post('lost?')).toEqual({ status: 503, text: 'journal-unavailable' })
    await rm(join(folder.path, 'state'))
    expect((await post('kept')).status).toBe(200)
    await host.nextEvent()
    expect(contents(host)).toEqual(['kept'])
  })

  test.skipIf(process.platform === 'win32')('notices that its folder was deleted, and begins anew', async () => {
    const { host, post } = await start()
    expect((await post('before')).status).toBe(200)
    await rm(join(folder.path, 'state'), { recursive: true })
    // Written, it would go to a file that nobody finds again.
    expect(await post('refused')).toEqual({ status: 503, text: 'journal-unavailable' })
    expect((await post('after')).status).toBe(200)
    await host.waitForStderr(/can't be written: it was deleted or moved while it was open/)
    host.kill('SIGKILL')
    await host.exit
    const second = await start()
    await second.host.nextEvent()
    expect(contents(second.host)).toEqual(['after'])
  })

  test('with durability power it keeps the same promises', async () => {
    const first = await start({ env: { BACKCHANNEL_DURABILITY: 'power' } })
    await Promise.all(['a', 'b', 'c'].map((body) => first.post(body)))
    first.host.kill('SIGKILL')
    await first.host.exit
    const second = await start({ env: { BACKCHANNEL_DURABILITY: 'power' } })
    await second.host.nextEvent(() => second.host.events.length === 3)
    expect(contents(second.host).sort()).toEqual(['a', 'b', 'c'])
  })

  test('is private', async () => {
    await start()
    expect((await stat(join(folder.path, 'state'))).mode & 0o777).toBe(0o700)
  })
})
