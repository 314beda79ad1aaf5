/** Real processes: each in a group of its own, its whole output read, and all of it gone when it is closed. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { createTempDirectory, isAlive, serverPath, waitFor } from '@backchannel/testkit'
import { describe, expect, onTestFinished, test } from 'vitest'
import { rejection } from '../testing/folder.ts'
import { type ServerProcess, spawnServer } from './process.ts'

const POSIX = process.platform !== 'win32'

async function start(...args: string[]): Promise<ServerProcess> {
  const server = await spawnServer({
    command: process.execPath,
    args,
    env: { PATH: process.env['PATH'] ?? '' },
    cwd: process.cwd(),
  })
  onTestFinished(() => server.close())
  return server
}

/** Collects what comes, from now on. */
function collect(stream: Readable): { readonly text: string } {
  let seen = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    seen += chunk
  })
  return {
    get text() {
      return seen
    },
  }
}

function groupOf(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'pgid=', '-p', String(pid)], { encoding: 'utf8' }).trim())
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

describe('starting', () => {
  test.runIf(POSIX)('it leads a group of its own, so that Ctrl-C at the terminal does not reach it', async () => {
    const { pid } = await start(serverPath('never-initializes'))
    expect(groupOf(pid)).toBe(pid)
    expect(groupOf(process.pid)).not.toBe(pid)
  })

  test('its environment is what was given, nothing of ours', async () => {
    const { stdout } = await start('-p', 'JSON.stringify(Object.keys(process.env))')
    expect(JSON.parse(await text(stdout))).toEqual(['PATH'])
  })

  test.each([
    ['no-such-program', '.', 'there is no such program on PATH', 'Install it'],
    ['./no-such-program', '.', 'there is no such program', 'Check the path'],
    [process.execPath, 'no-such-folder', 'that folder does not exist', 'Check "cwd"'],
    [fileURLToPath(import.meta.url), '.', 'it may not be executed', 'chmod +x'],
  ])('%s in %s fails with words', async (command, folder, why, hint) => {
    const parent = await createTempDirectory()
    onTestFinished(parent.remove)
    const cwd = `${parent.path}/${folder}`
    const error = await rejection(spawnServer({ command, args: [], env: {}, cwd }))
    expect(error).toMatchObject({
      code: 'spawn-failed',
      message: `Starting "${command}" in ${cwd} failed: ${why}.`,
      hint: expect.stringContaining(hint),
    })
  })

  test('what the system refuses before it starts anything is the same kind of error', async () => {
    const request = { command: process.execPath, args: ['a\0b'], env: {}, cwd: process.cwd() }
    expect(await rejection(spawnServer(request))).toMatchObject({ code: 'spawn-failed' })
    const tooLong = { ...request, args: ['x'.repeat(16 * 1024 * 1024)] }
    expect(await rejection(spawnServer(tooLong))).toMatchObject({ code: 'spawn-failed' })
  })
})

describe('its end', () => {
  test('is told in words, with the output that was written just before it', async () => {
    const server = await start(
      '-e',
      "for (let at = 0; at < 50_000; at++) process.stdout.write('line ' + at + '\\n')\nprocess.exitCode = 3",
    )
    const seen = collect(server.stdout)
    server.stderr.resume()
    expect(await server.ended).toBe('exited with status 3')
    expect(seen.text.endsWith('line 49999\n')).toBe(true)
  })

  test('by a signal', async () => {
    const server = await start(serverPath('never-initializes'))
    process.kill(server.pid, 'SIGKILL')
    expect(await server.ended).toBe('was killed by SIGKILL')
  })

  test.runIf(POSIX)('takes its children with it, even where they hold its pipes', async () => {
    for (const inherit of ['0', '1']) {
      const server = await spawnServer({
        command: process.execPath,
        args: [serverPath('spawns-child')],
        env: { INHERIT: inherit },
        cwd: process.cwd(),
      })
      const errors = collect(server.stderr)
      const child = await waitFor(() => /child (\d+)/.exec(errors.text)?.[1], { what: 'the child' })
      process.kill(server.pid, 'SIGKILL')
      await server.ended
      await waitFor(() => !isAlive(Number(child)), { what: `the end of the child (INHERIT=${inherit})` })
    }
  })

  test.runIf(POSIX)(
    'is not waited for longer than a moment where a process outside its group holds the pipe',
    async () => {
      const program = `
      const { spawn } = require('node:child_process')
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60_000)'], { stdio: 'inherit', detached: true })
      process.stderr.write('child ' + child.pid + ' ')
      setTimeout(() => process.exit(4), 50)
    `
      const server = await start('-e', program)
      const errors = collect(server.stderr)
      expect(await server.ended).toBe('exited with status 4')
      const child = Number(/child (\d+)/.exec(errors.text)?.[1])
      expect(isAlive(child)).toBe(true)
      expect(server.stdout.destroyed).toBe(true)
      process.kill(child, 'SIGKILL')
    },
  )
})

describe('closing', () => {
  test('ends a server that ends with its stdin, at once', async () => {
    const server = await start(serverPath('never-initializes'))
    await once(server.stderr, 'data')
    expect(await timed(() => server.close())).toBeLessThan(1_000)
    expect(await server.ended).toBe('exited with status 0')
  })

  test.runIf(POSIX)('ends one that ignores everything within two seconds', async () => {
    const server = await start(serverPath('ignores-eof'))
    const errors = collect(server.stderr)
    server.stdin.write('{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}\n')
    await once(server.stdout, 'data')
    expect(await timed(() => server.close())).toBeLessThan(2_000)
    expect(await server.ended).toBe('was killed by SIGKILL')
    expect(isAlive(server.pid)).toBe(false)
    expect(errors.text).toContain('end of stdin ignored')
    expect(errors.text).toContain('SIGTERM ignored')
  })

  test.runIf(POSIX)('ends its children, also those that hold its pipes', async () => {
    const server = await spawnServer({
      command: process.execPath,
      args: [serverPath('spawns-child')],
      env: { INHERIT: '1' },
      cwd: process.cwd(),
    })
    const errors = collect(server.stderr)
    const child = await waitFor(() => /child (\d+)/.exec(errors.text)?.[1], { what: 'the child' })
    await server.close()
    await waitFor(() => !isAlive(Number(child)), { what: 'the end of the child' })
  })

  test('ends one that fills its pipe because nobody reads it', async () => {
    const server = await start(
      '-e',
      'process.stdin.resume().on("end", () => process.exit(0)); process.stdout.write("x".repeat(1_000_000))',
    )
    expect(await timed(() => server.close())).toBeLessThan(2_000)
  })

  test('may be called twice, and after the end', async () => {
    const server = await start('-e', '')
    server.stdout.resume()
    server.stderr.resume()
    await server.ended
    await Promise.all([server.close(), server.close()])
    expect(server.stdin.write('too late')).toBe(false)
  })
})

test.runIf(POSIX)('no server outlives the process that started it, however that ends', async () => {
  const program = `
    import { spawnServer } from ${JSON.stringify(new URL('process.ts', import.meta.url).href)}
    const server = await spawnServer({ command: process.execPath, args: [process.argv[1]], env: {}, cwd: process.cwd() })
    server.stdin.write('{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}\\n')
    server.stdout.once('data', () => {
      process.stdout.write(String(server.pid))
      setTimeout(() => { throw new Error('a fault of the host') }, 20)
    })
  `
  const host = spawn(process.execPath, ['--input-type=module', '-e', program, serverPath('ignores-eof')], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const pid = Number(await text(host.stdout))
  expect(pid).toBeGreaterThan(0)
  await waitFor(() => !isAlive(pid), { what: 'the end of the server' })
})
