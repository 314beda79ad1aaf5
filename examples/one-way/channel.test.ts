/** The ten-line channel keeps the contract, is as short as promised, and is what the documentation shows. */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type FakeHost, freePort } from '@backchannel/testkit'
import { channelContract, runtimeCommand } from '@backchannel/testkit/channel-contract'
import { expect, it } from 'vitest'

const PROGRAM = fileURLToPath(new URL('channel.ts', import.meta.url))

channelContract({
  name: 'alerts',
  // On Bun: examples/two-way.
  runtimes: ['node'],
  async command(runtime) {
    return { command: runtimeCommand(runtime), args: [PROGRAM], env: { ALERTS_PORT: String(await freePort()) } }
  },
  async inject(host) {
    const [, url] = await host.waitForStderr(/listening on (http:\S+)/)
    const answer = await fetch(`${url}/ci?job=1`, { method: 'POST', body: 'disk full' })
    if (answer.status !== 202) throw new Error(`${answer.status}: ${await answer.text()}`)
    return { content: 'disk full', meta: { path: '/ci?job=1' } }
  },
  quietUntilRegistered,
})

function quietUntilRegistered({ environment }: FakeHost): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(environment['ALERTS_PORT']), '127.0.0.1')
    socket.once('error', () => resolve(true))
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
  })
}

it('has at most twenty lines that do something', () => {
  const lines = readFileSync(PROGRAM, 'utf8').split('\n')
  expect(lines.filter((line) => !/^\s*($|\/\/|\/?\*|import )/.test(line)).length).toBeLessThanOrEqual(20)
})

it('opens the documentation, as it is', () => {
  const page = readFileSync(fileURLToPath(new URL('../../docs/write-a-channel.md', import.meta.url)), 'utf8')
  const opening = /^# .*\n\n.*\n\n```ts\n([\s\S]*?)```\n/.exec(page)?.[1]
  expect(opening).toBe(readFileSync(PROGRAM, 'utf8'))
})
