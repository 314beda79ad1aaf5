/** A command's output, end and limits, and that nothing of it is left behind. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive, waitFor } from '@backchannel/testkit'
import { describe, expect, test } from 'vitest'
import { createFolder } from '../testing/folder.ts'
import { callTool, findTool } from '../testing/tools.ts'

async function run(command: string, more: Record<string, unknown> = {}, context: object = {}) {
  const cwd = await createFolder({ 'a.txt': 'A' })
  return { cwd, ...(await callTool('Bash', { command, ...more }, { cwd, ...context })) }
}

test('what it prints, in its folder, in order; its end where that is not zero', async () => {
  expect(await run('cat a.txt; echo; pwd')).toMatchObject({ ok: true, text: expect.stringMatching(/^A\n\//) })
  expect(await run('echo out; echo err >&2; echo more')).toMatchObject({
    ok: true,
    text: expect.stringContaining('err'),
  })
  expect(await run('true')).toMatchObject({ ok: true, text: '(no output)' })
  expect(await run('echo no; exit 3')).toMatchObject({ ok: false, text: 'no\n(exited with status 3)' })
  expect(await run('kill -9 $$')).toMatchObject({ ok: false, text: '(killed by SIGKILL)' })
  expect(await run('no-such-program')).toMatchObject({ ok: false, text: expect.stringContaining('status 127') })
})

test('it gets no input, and a shell that reads no start files', async () => {
  expect(await run('cat; echo done')).toMatchObject({ ok: true, text: 'done' })
  const home = await createFolder({ '.bashrc': 'echo start', '.bash_profile': 'echo start', env: 'echo start' })
  const env = { PATH: process.env['PATH'], HOME: home, BASH_ENV: join(home, 'env'), ENV: join(home, 'env') }
  expect(await run('echo only this', {}, { env })).toMatchObject({ text: 'only this' })
})

test('it sees a base of the environment, and no credentials', async () => {
  const env = {
    PATH: process.env['PATH'],
    LANG: 'C',
    ANTHROPIC_API_KEY: 'secret',
    TELEGRAM_BOT_TOKEN: 'secret',
    MY_VALUE: 'x',
  }
  const { text } = await run('env', {}, { env })
  expect(text).toContain('LANG=C')
  expect(text).not.toMatch(/secret|MY_VALUE/)
})

test('of a long output the end is kept, and how much is missing is told', async () => {
  const { ok, text } = await run(`i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done; echo the end`)
  expect(ok).toBe(true)
  expect(text).toMatch(/^… \(\d+ characters left out\)\n/)
  expect(text.endsWith('line 19999\nthe end')).toBe(true)
  expect(text.length).toBeLessThan(30_100)
})

test('characters of several bytes come whole, also cut between two writes', async () => {
  expect((await run(`printf '\\303'; sleep 0.05; printf '\\244'`)).text).toBe('ä')
})

describe('it is stopped, with everything that it started', () => {
  test('at its time limit', async () => {
    const { ok, text } = await run('echo started; sleep 30', { timeout: 300 })
    expect([ok, text]).toEqual([false, 'started\n(stopped after 0.3 s)'])
  })

  test('when the turn ends, also where it does not listen', async () => {
    const controller = new AbortController()
    const cwd = await createFolder()
    const running = callTool(
      'Bash',
      { command: 'trap "" TERM; (trap "" TERM; sleep 30) & echo $! > pid; wait' },
      { cwd, signal: controller.signal },
    )
    const file = join(cwd, 'pid')
    await waitFor(async () => existsSync(file) && (await readFile(file, 'utf8')) !== '', { what: 'the process' })
    const pid = Number(await readFile(file, 'utf8'))
    controller.abort()
    expect(await running).toMatchObject({ ok: false, text: '(interrupted)' })
    await waitFor(() => !isAlive(pid), { what: 'the end of the child' })
  })

  test('what stays in the background ends with it, and holds nothing up', async () => {
    const startedAt = performance.now()
    const { text } = await run('sleep 30 & echo $!')
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    await waitFor(() => !isAlive(Number(text)), { what: 'the end of the process in the background' })
  })

  test('an aborted turn starts nothing', async () => {
    const cwd = await createFolder()
    const calling = callTool('Bash', { command: 'touch x' }, { cwd, signal: AbortSignal.abort() })
    await expect(calling).rejects.toThrow()
    expect(existsSync(join(cwd, 'x'))).toBe(false)
  })
})

test('arguments are checked, and a prompt gets a description of one line', () => {
  const { check, describeCall } = findTool('Bash')
  for (const input of [
    {},
    { command: '' },
    { command: 7 },
    { command: 'a\0b' },
    { command: 'a', timeout: '5' },
    { command: 'a', timeout: -1 },
  ])
    expect(() => check(input)).toThrow(expect.objectContaining({ code: 'arguments-invalid' }))
  expect(describeCall({ command: 'x' })).toBe('Run shell command')
  expect(describeCall({ command: 'x', description: ' Look\n at it ' })).toBe('Look at it')
  expect(describeCall({ command: 'x', description: 'x'.repeat(1_000) })).toHaveLength(200)
})
