/** Whatever is printed, and however: stdout carries JSON-RPC alone, and the text is on stderr. */
import { RUNTIMES } from '@backchannel/testkit'
import { expect, it } from 'vitest'
import { startRegistered } from '../fixtures/programs.ts'

const WAYS = ['log', 'info', 'debug', 'table', 'dir', 'group', 'error', 'buffer', 'encoding', 'callback', 'pipe', 'end']

it.each(RUNTIMES)('keeps stdout clean on %s', async (runtime) => {
  await using host = await startRegistered('prints', runtime)
  expect(await host.nextEvent()).toMatchObject({ content: 'after printing' })
  expect(await host.callTool('print')).toEqual({ content: [{ type: 'text', text: 'printed' }] })
  await host.waitForStderr(/end in a tool/)
  host.endInput()
  await host.waitForExit()
  expect(host.strayLines).toEqual([])
  expect(host.stdoutLines).toHaveLength(3)
  for (const when of ['at import', 'before serve', 'at the start', 'in a tool']) {
    for (const way of WAYS) expect(host.stderr, `${way} ${when}`).toMatch(new RegExp(`${way}.* '?"?${when}`))
  }
})
