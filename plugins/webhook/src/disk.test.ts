/** The built plugin on a disk that is full, read-only or damaged, and under a clock that jumps, as its sources see it. */
import { execFile } from 'node:child_process'
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  backchannelCapabilities,
  createTempDirectory,
  createTinyDisk,
  type FakeHost,
  freePort,
  minimalEnvironment,
  RUNTIMES,
  type Runtime,
  runtimeCommand,
  startFakeHost,
  tinyDiskProblem,
  waitFor,
} from '@backchannel/testkit'
import { afterEach, describe, expect, it } from 'vitest'

const START = fileURLToPath(new URL('../../../dist/marketplace/plugins/webhook/start.cjs', import.meta.url))
if (!existsSync(START)) throw new Error(`${START} is missing. Run "npm run build" first.`)

const noDisk = await tinyDiskProblem()
if (noDisk !== undefined) process.stderr.write(`Skipped, the tests of a full disk: ${noDisk}.\n`)

const hosts: FakeHost[] = []
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close()
})

interface Options {
  readonly env?: Readonly<Record<string, string>>
  /** A command that starts the channel's, such as one that limits it. */
  readonly before?: readonly string[]
}

async function start(runtime: Runtime, state: string, { env = {}, before = [] }: Options = {}) {
  const port = String(await freePort())
  const [command = '', ...args] = [...before, runtimeCommand(runtime), START]
  const host = await startFakeHost({
    command,
    args,
    env: { WEBHOOK_STATE_DIR: state, WEBHOOK_PORT: port, ...env },
    capabilities: backchannelCapabilities(['receipts']),
    register: true,
  })
  hosts.push(host)
  await host.waitForStderr(/listening on/)
  const post = async (body: string) => {
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body })
    const answer = (await response.json()) as Record<string, unknown>
    return { status: response.status, retryAfter: response.headers.get('retry-after'), answer }
  }
  return { host, post, contents: () => host.events.map(({ content }) => content) }
}

async function doctor(state: string) {
  const env = { ...minimalEnvironment(state), WEBHOOK_STATE_DIR: state }
  return new Promise<{ unwritable: unknown; journals: { waiting: number; set_aside: string[] }[] }>(
    (resolve, reject) => {
      execFile(process.execPath, [START, 'doctor'], { env }, (failed, out) => {
        if (failed) reject(failed)
        else resolve(JSON.parse(out))
      })
    },
  )
}

const BIG = 'x'.repeat(30_000)
const REFUSED = {
  status: 503,
  retryAfter: '5',
  answer: {
    ok: false,
    error: 'journal-unavailable',
    message: expect.stringMatching(/^The journal .*journal\.db can't be written: /),
    hint: expect.stringContaining('Check the disk'),
  },
}

describe.each(RUNTIMES)('on %s', (runtime) => {
  it.skipIf(noDisk !== undefined)(
    'a full disk: 503 and when to try again, and 202 from the same process once there is room',
    async () => {
      await using disk = await createTinyDisk(4_096)
      const { host, post, contents } = await start(runtime, disk.path)
      expect((await post('before')).status).toBe(202)
      disk.fill()
      expect([await post(BIG), await post(BIG)]).toEqual([REFUSED, REFUSED])
      expect((await doctor(disk.path)).unwritable).toBe('its disk is full (0 KB are free)')
      disk.empty()
      expect((await post('after')).status).toBe(202)
      await host.nextEvent(({ content }) => content === 'after')
      // What was refused reached no session: its source sends it again.
      expect(contents()).toEqual(['before', 'after'])
      expect((await doctor(disk.path)).unwritable).toBeNull()
      host.kill('SIGKILL')
      await host.exit
      expect((await doctor(disk.path)).journals).toMatchObject([{ waiting: 2 }])
    },
  )

  it.skipIf(noDisk !== undefined)(
    'full or read-only from the start: the same, although there is no journal yet',
    async () => {
      await using disk = await createTinyDisk(1_024)
      disk.fill()
      const full = await start(runtime, disk.path)
      // More often than there are journals for sessions at the same time.
      for (let attempt = 0; attempt < 20; attempt += 1) {
        expect(await full.post('refused')).toMatchObject({ status: 503, answer: { error: 'journal-unavailable' } })
      }
      disk.empty()
      expect((await full.post('kept')).status).toBe(202)
      await full.host.close()
      disk.setReadOnly(true)
      const readOnly = await start(runtime, disk.path)
      expect(await readOnly.post('refused')).toMatchObject({ status: 503, answer: { error: 'journal-unavailable' } })
      expect((await doctor(disk.path)).unwritable).toMatch(/EROFS/)
      disk.setReadOnly(false)
      expect((await readOnly.post('kept too')).status).toBe(202)
      await readOnly.host.nextEvent(({ content }) => content === 'kept too')
      expect(readOnly.contents()).toEqual(['kept', 'kept too'])
      expect(readdirSync(disk.path).filter((name) => name.endsWith('.db'))).toEqual(['journal.db'])
    },
  )

  it.skipIf(process.platform !== 'linux')('a limit on the size of files, lifted while it runs', async () => {
    await using folder = await createTempDirectory()
    const state = join(folder.path, 'state')
    // In blocks of 1,024 bytes; the soft limit, which may be raised again.
    const before = ['bash', '-c', 'ulimit -S -f 300 && exec "$@"', 'bash']
    const { host, post, contents } = await start(runtime, state, { before })
    const taken: string[] = []
    let refused = await post('event 0')
    while (refused.status === 202) {
      taken.push(`event ${taken.length}${taken.length === 0 ? '' : BIG}`)
      refused = await post(`event ${taken.length}${BIG}`)
    }
    expect(refused).toEqual(REFUSED)
    expect(taken.length).toBeGreaterThan(3)
    await new Promise((resolve, reject) => {
      execFile('prlimit', [`--pid=${host.pid}`, '--fsize=unlimited'], (failed) =>
        failed ? reject(failed) : resolve(0),
      )
    })
    expect((await post('after')).status).toBe(202)
    await host.nextEvent(({ content }) => content === 'after')
    expect(contents()).toEqual([...taken, 'after'])
  })

  it('a clock ten years ahead, back, and ten years behind: order and states as ever', async () => {
    await using folder = await createTempDirectory()
    const state = join(folder.path, 'state')
    const clock = join(folder.path, 'clock.cjs')
    // A jump with every call.
    writeFileSync(
      clock,
      `const now = Date.now, years = 10 * 365 * 24 * 3600e3, jumps = [0, years, -years]
let call = 0
Date.now = () => now() + jumps[call++ % jumps.length]`,
    )
    const jumping = runtime === 'node' ? { NODE_OPTIONS: `--require=${clock}` } : { BUN_OPTIONS: `--preload=${clock}` }
    const first = await start(runtime, state, { env: jumping })
    const bodies = Array.from({ length: 30 }, (_, at) => `event ${at}`)
    const ids: unknown[] = []
    for (const body of bodies) ids.push((await first.post(body)).answer['event_id'])
    await first.host.nextEvent(({ content }) => content === 'event 29')
    expect(first.contents()).toEqual(bodies)
    expect(ids).toEqual(first.host.events.map(({ event_id: id }) => id))
    expect(ids).toEqual(ids.toSorted())
    for (const { event_id: id } of first.host.events.slice(0, 10)) first.host.receipt(id ?? '', 'completed')
    await waitFor(async () => (await doctor(state)).journals[0]?.waiting === 20, { what: 'ten events to be completed' })
    first.host.kill('SIGKILL')
    await first.host.exit
    const second = await start(runtime, state)
    await second.post('event 30')
    await second.host.nextEvent(({ content }) => content === 'event 30')
    expect(second.contents()).toEqual([...bodies.slice(10), 'event 30'])
  })

  it('pages of the journal overwritten while it is open: told, put aside, and all other events are offered', async () => {
    await using folder = await createTempDirectory()
    const state = join(folder.path, 'state')
    const first = await start(runtime, state)
    const bodies = Array.from({ length: 600 }, (_, at) => `event ${at} ${'x'.repeat(1_500)}`)
    const answers = await Promise.all(bodies.map((body) => first.post(body)))
    expect(answers.every(({ status }) => status === 202)).toBe(true)
    // Of so many connections at once some are taken late: which one was stored last is for the ids to say.
    const ids = answers.map(({ answer }) => String(answer['event_id']))
    const last = nameOf(bodies[ids.indexOf(ids.toSorted().at(-1) ?? '')] ?? '')
    await first.host.close()

    const { host, post, contents } = await start(runtime, state)
    await waitFor(() => contents().length === 256, { what: 'the first of them' })
    const lost = overwrite(join(state, 'journal.db'))
    expect(lost.size).toBeGreaterThan(5)
    let settled = 0
    const settle = () => {
      for (const { event_id: id } of host.events.slice(settled)) host.receipt(id ?? '', 'completed')
      settled = host.events.length
    }
    const isThere = () => {
      settle()
      return contents().some((content) => content.startsWith(`${last} `))
    }
    await waitFor(isThere, { what: 'the last of them' })
    expect(host.stderr).toMatch(/the journal was damaged; it was put aside as .*, and \d+ waiting events were read/)
    const came = new Set(contents().map(nameOf))
    expect(bodies.map(nameOf).filter((name) => !came.has(name) && !lost.has(name))).toEqual([])
    expect((await post('after')).status).toBe(202)
    await host.nextEvent(({ content }) => content === 'after')
    expect((await doctor(state)).journals[0]?.set_aside).toEqual([expect.stringContaining('journal.db.damaged-')])
  })
})

const nameOf = (content: string) => content.replace(/ x+$/, '')

/** A dozen pages towards the end of a database. @returns the events that were in them */
function overwrite(file: string): Set<string> {
  const whole = readFileSync(file)
  const from = Math.floor((whole.length * 0.7) / 4_096) * 4_096
  const lost = whole.subarray(from, from + 12 * 4_096)
  const found = lost.toString('latin1').matchAll(/event \d+(?= x)/g)
  const names = new Set([...found].map(([name]) => name))
  // These pages alone: what the channel writes into others meanwhile is to stay.
  const descriptor = openSync(file, 'r+')
  writeSync(descriptor, lost.fill(0xa5), 0, lost.length, from)
  closeSync(descriptor)
  return names
}
