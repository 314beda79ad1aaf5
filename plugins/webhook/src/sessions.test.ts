/** Several sessions behind one port: a source is for one of them, by name or by folder, and what is for one that is away waits. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  backchannelCapabilities,
  createTempDirectory,
  type FakeHost,
  freePort,
  runtimeCommand,
  startFakeHost,
} from '@backchannel/testkit'
import { expect, it } from 'vitest'

const START = fileURLToPath(new URL('../../../dist/marketplace/plugins/webhook/start.cjs', import.meta.url))

it('hands each event to the session it is for', async () => {
  await using folder = await createTempDirectory()
  const state = join(folder.path, 'state')
  const port = await freePort()
  const [api, web] = [join(folder.path, 'api'), join(folder.path, 'web')]
  await Promise.all([state, api, web].map((path) => mkdir(path)))
  const sources = [
    { name: 'deploys', scheme: 'none', session: 'web' },
    { name: 'builds', scheme: 'none', session: api },
  ]
  await writeFile(join(state, 'sources.json'), JSON.stringify({ sources }), { mode: 0o600 })
  const start = (cwd: string): Promise<FakeHost> =>
    startFakeHost({
      command: runtimeCommand('node'),
      args: [START],
      cwd,
      env: { WEBHOOK_STATE_DIR: state, WEBHOOK_PORT: String(port) },
      capabilities: backchannelCapabilities(['receipts']),
      register: true,
    })
  const post = async (path: string, body: string) => {
    const response = await fetch(`http://localhost:${port}${path}`, { method: 'POST', body })
    expect(response.status).toBe(202)
  }
  const done = async (host: FakeHost, content: string) => {
    const event = await host.nextEvent()
    expect(event.content).toBe(content)
    host.receipt(event.event_id ?? '', 'completed')
    return event
  }

  await using first = await start(api)
  await first.waitForStderr(/listening on/)
  await post('/deploys', 'waits for web')
  await post('/builds', 'for api')
  await done(first, 'for api')
  await using second = await start(web)
  expect(await done(second, 'waits for web')).toMatchObject({ meta: { name: 'deploys', for_session: 'web' } })
  await post('/deploys', 'for web')
  await done(second, 'for web')
  await post('/anything', 'for whoever came first')
  await done(first, 'for whoever came first')

  first.endInput()
  await first.waitForExit()
  await second.waitForStderr(/listening on/)
  await post('/anything', 'for who is left')
  await post('/builds', 'waits for api')
  await post('/deploys', 'the last')
  await done(second, 'for who is left')
  await done(second, 'the last')
  await using third = await start(api)
  await done(third, 'waits for api')
  expect([first.events.length, second.events.length, third.events.length]).toEqual([2, 4, 1])
})
