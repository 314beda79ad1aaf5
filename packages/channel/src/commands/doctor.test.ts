/** The doctor reads beside the process that writes, and names the reason of what was dropped. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  backchannelCapabilities,
  createTempDirectory,
  runtimeCommand,
  startFakeHost,
  waitFor,
} from '@backchannel/testkit'
import { expect, test } from 'vitest'

const FIXTURE = join(import.meta.dirname, '../fixtures/journaled.ts')

test.each(['node', 'bun'] as const)('on %s', async (runtime) => {
  await using folder = await createTempDirectory()
  const env = { JOURNALED_STATE_DIR: join(folder.path, 'state') }
  const doctor = async () => {
    const { stdout } = await promisify(execFile)(runtimeCommand(runtime), [FIXTURE, 'doctor'], {
      env: { ...process.env, ...env },
    })
    return JSON.parse(stdout)
  }
  const nothing = {
    channel: 'journaled',
    version: '1.0.0',
    state_directory: env.JOURNALED_STATE_DIR,
    used: false,
    unwritable: null,
  }
  expect(await doctor()).toEqual({ ...nothing, journals: [] })

  const host = await startFakeHost({
    command: runtimeCommand(runtime),
    args: [FIXTURE],
    env,
    capabilities: backchannelCapabilities(['receipts']),
    register: true,
  })
  try {
    const port = (await host.waitForStderr(/port (\d+)/))[1]
    for (const body of ['good', 'bad', 'waits']) {
      await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body })
    }
    await host.nextEvent(({ content }) => content === 'waits')
    const [good, bad] = host.events.map((event) => event.event_id ?? '')
    host.receipt(good ?? '', 'completed')
    host.receipt(bad ?? '', 'dropped', 'too-large')
    const report = await waitFor(
      async () => {
        const { journals } = await doctor()
        return journals[0]?.problems.length === 1 ? journals[0] : undefined
      },
      { what: 'the doctor to see the drop' },
    )
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    expect(report).toEqual({
      file: join(env.JOURNALED_STATE_DIR, 'journal.db'),
      holder: { pid: host.pid, since: time, source: expect.any(String) },
      counts: { offered: 1, completed: 1, dropped: 1 },
      waiting: 1,
      last_event: time,
      last_read: time,
      last_completed: time,
      last_reply: null,
      problems: [{ event_id: bad, state: 'dropped', reason: 'too-large', at: time }],
      set_aside: [],
    })
  } finally {
    await host.close()
  }
  expect((await doctor()).journals[0].holder).toBeNull()
})
