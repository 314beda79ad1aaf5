/** The helpers: deadlines that explain themselves, folders that go away, ports that are free. */
import { stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { freePort } from './ports.ts'
import { isAlive, signalGroup } from './processes.ts'
import { runtimeCommand } from './runtime.ts'
import { createTempDirectory } from './temp.ts'
import { deferred, staysTrue, waitFor, withDeadline } from './wait.ts'

it('waitFor gives what the condition gave, and in vain says why', async () => {
  let looks = 0
  const condition = () => {
    looks += 1
    if (looks < 3) throw new Error('not yet')
    return 'ready'
  }
  expect(await waitFor(condition, { what: 'it' })).toBe('ready')
  expect(await waitFor(() => 0, { what: 'zero, which is a value' })).toBe(0)
  const broken = () => Promise.reject(new Error('no such table'))
  await expect(waitFor(broken, { what: 'the row', timeoutMs: 20 })).rejects.toThrow(
    'Waited 20 ms for the row, in vain.\nLast error: no such table',
  )
})

it('staysTrue looks until the time is over or the condition breaks', async () => {
  let looks = 0
  expect(await staysTrue(() => ++looks < 3, 10_000)).toBe(false)
  expect(looks).toBe(3)
  expect(await staysTrue(() => true, 20)).toBe(true)
})

it('withDeadline passes results and failures on, and shows what was seen instead', async () => {
  const never = deferred<string>()
  expect(await withDeadline(Promise.resolve('a'), { what: 'a' })).toBe('a')
  await expect(withDeadline(Promise.reject(new Error('b')), { what: 'b' })).rejects.toThrow('b')
  const late = withDeadline(never.promise, { what: 'c', timeoutMs: 5, seen: () => 'Only d came.' })
  await expect(late).rejects.toThrow('Waited 5 ms for c, in vain.\nOnly d came.')
})

it('a temporary directory goes away with what is in it', async () => {
  let path = ''
  {
    await using folder = await createTempDirectory()
    path = folder.path
    await writeFile(`${path}/file`, 'text')
  }
  await expect(stat(path)).rejects.toThrow(/ENOENT/)
})

it('a free port can be listened on', async () => {
  const port = await freePort()
  const server = createServer()
  const listening = deferred()
  server.once('error', listening.reject).listen({ port, host: '127.0.0.1' }, () => listening.resolve())
  await listening.promise
  server.close()
})

it('knows processes that run and finds both runtimes', async () => {
  expect(isAlive(process.pid)).toBe(true)
  expect(isAlive(2 ** 30)).toBe(false)
  expect(signalGroup(2 ** 30, 'SIGTERM')).toBe(false)
  expect(runtimeCommand('node')).toBe(process.execPath)
  expect((await stat(runtimeCommand('bun'))).isFile()).toBe(true)
})
