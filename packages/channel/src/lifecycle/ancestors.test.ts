/** Real process trees: what a channel below a stock host reads of it, and concludes. */
import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTempDirectory, RUNTIMES, type Runtime, runtimeCommand, startFakeHost } from '@backchannel/testkit'
import { describe, expect, it } from 'vitest'
import { programPath } from '../fixtures/programs.ts'
import { readAncestors } from './ancestors.ts'

/** Starts what it is told to and lets it talk to whoever started this, as a host that only passes bytes on. */
const HOST = `
const { spawn } = require('node:child_process')
if (process.env.TITLE) process.title = process.env.TITLE
const channel = spawn(process.env.COMMAND, JSON.parse(process.env.PARAMETERS), { stdio: 'inherit' })
channel.on('exit', (code) => process.exit(code))`

/** A host named `name`, run by node with `args`, that starts the channel `lifecycle`. */
async function startBelow(name: string, args: readonly string[], runtime: Runtime, env: Record<string, string> = {}) {
  const folder = await createTempDirectory()
  const script = join(folder.path, name)
  await writeFile(script, HOST)
  const host = await startFakeHost({
    command: process.execPath,
    args: [script, ...args],
    env: { COMMAND: runtimeCommand(runtime), PARAMETERS: JSON.stringify([programPath('lifecycle')]), ...env },
  })
  const remove = async () => {
    await host.close()
    await folder.remove()
  }
  return Object.assign(host, { [Symbol.asyncDispose]: remove })
}

describe.each(RUNTIMES)('a channel on %s below a process named claude', (runtime) => {
  it.each([
    [['--channels', 'plugin:chat@any', 'plugin:lifecycle@any', 'a prompt']],
    [['--dangerously-load-development-channels', 'server:lifecycle']],
  ])('starts for %j', async (args) => {
    await using host = await startBelow('claude', args, runtime)
    await host.waitForStderr(/started as lifecycle \(receipts: false\)/)
  })

  it.each([[[]], [['--channels', 'plugin:chat@any']], [['server:lifecycle']]])(
    'does not start for %j',
    async (args) => {
      await using host = await startBelow('claude', args, runtime)
      await host.waitForStderr(/^lifecycle: not registered: the session was started without it; name it plugin:/m)
      await host.request('ping')
      expect(host.stderr).not.toContain('started as')
    },
  )

  it('starts where the host hides its arguments', async () => {
    await using host = await startBelow('claude', ['--verbose'], runtime, { TITLE: 'claude' })
    await host.waitForStderr(/started as lifecycle/)
  })

  it('starts below any other name', async () => {
    await using host = await startBelow('some-host', [], runtime)
    await host.waitForStderr(/started as lifecycle/)
  })
})

describe('readAncestors', () => {
  const hasTable = ['linux', 'darwin'].includes(process.platform)

  it.runIf(hasTable)('reads arguments nearest first, up to the first process', async () => {
    const ancestors = await readAncestors(process.pid)
    expect(ancestors?.[0]).toEqual({
      arguments: expect.arrayContaining([expect.stringContaining('node')]),
      hidden: false,
    })
    expect(ancestors?.length).toBeGreaterThan(1)
    expect(await readAncestors(1)).toHaveLength(1)
  })

  it.runIf(process.platform === 'linux' && hasPs())('reads the same from ps, but for spaces', async () => {
    const [fromPs, fromProc] = [await readAncestors(process.pid, 'darwin'), await readAncestors(process.pid, 'linux')]
    const words = (list: typeof fromPs) => list?.[0]?.arguments.join(' ').trim().split(/\s+/)
    expect(words(fromPs)).toEqual(words(fromProc))
    expect(fromPs).toHaveLength(fromProc?.length ?? 0)
  })

  it('gives nothing where there is nothing to read', async () => {
    expect(await readAncestors(process.pid, 'win32')).toBeUndefined()
    expect(await readAncestors(2 ** 22 + 1)).toBeUndefined()
  })
})

function hasPs(): boolean {
  return spawnSync('ps', ['-axww', '-o', 'pid='], { stdio: 'ignore' }).status === 0
}
