/** Whatever a program has started is found and killed: in another group, without a parent, with a child of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { isAlive, waitFor } from '@backchannel/testkit'
import { expect, it } from 'vitest'
import { createMark, findMarked, killMarked } from './descendants.ts'

const SLEEP = 'setInterval(() => {}, 1e6)'

/** Starts a child in a group of its own, with a child that has no environment, says both ids, and stays or ends. */
const PROGRAM = `
const { spawn } = require('node:child_process')
const options = { detached: true, stdio: ['ignore', 'pipe', 'ignore'] }
const inner = "const { spawn } = require('node:child_process'); const bare = spawn(process.execPath, ['-e', " + JSON.stringify(${JSON.stringify(SLEEP)}) + "], { detached: true, env: {}, stdio: 'ignore' }); console.log(bare.pid); ${SLEEP}"
const child = spawn(process.execPath, ['-e', inner], options)
child.stdout.once('data', (data) => {
  console.log(child.pid + ' ' + String(data).trim())
  if (process.argv[1] === 'ends') process.exit(0)
})
`

it.runIf(process.platform !== 'win32').each(['stays', 'ends'])('of a program that %s', async (how) => {
  const mark = createMark()
  const program = spawn(process.execPath, ['-e', PROGRAM, how], {
    env: { ...process.env, [mark.name]: mark.value },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  const [data] = await once(program.stdout, 'data')
  const pids = String(data).trim().split(' ').map(Number)
  if (how === 'ends') await once(program, 'exit')
  expect(pids.map(isAlive)).toEqual([true, true])
  expect(findMarked(mark.value)).toEqual(expect.arrayContaining(pids))
  await killMarked(mark)
  await waitFor(() => !pids.some(isAlive), { what: 'every one of them to be gone' })
  expect(findMarked(mark.value)).toEqual([])
})

it('of nothing is nothing', async () => {
  const mark = createMark()
  await killMarked(mark)
  expect(findMarked('no-such-mark')).toEqual([])
})
