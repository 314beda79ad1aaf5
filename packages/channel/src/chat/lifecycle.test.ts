/** A chat channel before it is registered, without its settings, in a doctor's process, and at its end. */
import {
  backchannelCapabilities,
  createTempDirectory,
  type FakeHost,
  startFakeHost,
  staysTrue,
  waitFor,
} from '@backchannel/testkit'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeReferencePlatform } from '../fixtures/reference-platform/descriptor.ts'
import { type ReferencePlatform, startReferencePlatform } from '../fixtures/reference-platform/platform.ts'

const descriptor = describeReferencePlatform()
let fake: ReferencePlatform
let folder: Awaited<ReturnType<typeof createTempDirectory>>
beforeEach(async () => {
  fake = await startReferencePlatform()
  folder = await createTempDirectory()
})
afterEach(async () => {
  await fake.close()
  await folder.remove()
})

async function start(env: Record<string, string> = {}, register = true): Promise<FakeHost> {
  const command = await descriptor.command('node', fake, folder.path)
  const capabilities = backchannelCapabilities(['receipts', 'access'])
  return startFakeHost({ ...command, env: { ...command.env, ...env }, capabilities, register, timeoutMs: 20_000 })
}
const reply = async (host: FakeHost) => {
  const { content, isError } = await host.callTool('reply', { chat_id: 'dm-1', text: 'hi' })
  return { text: content[0]?.text, isError }
}

test('it touches nothing before a session has registered it', async () => {
  await using host = await start({}, false)
  expect(await reply(host)).toEqual({
    text: expect.stringContaining('No session has registered reference'),
    isError: true,
  })
  expect(await staysTrue(() => fake.receivers() === 0, 50)).toBe(true)
  host.register()
  await waitFor(() => fake.receivers() === 1, { what: 'it to receive' })
})

test('without its settings it lives, and its tools say what to set', async () => {
  await using host = await start({ PLATFORM_PORT: '' })
  expect((await reply(host)).text).toBe(
    'reply failed: There is no address of the platform. Set PLATFORM_PORT to where the platform listens.',
  )
  await host.waitForStderr(/error: There is no address of the platform/)
  expect(await host.listTools()).toHaveLength(5)
})

test('a doctor’s process takes the account from nobody', async () => {
  await using host = await start({ BACKCHANNEL_PROBE: '1' })
  await reply(host)
  expect(await staysTrue(() => fake.receivers() === 0, 50)).toBe(true)
})

test('it ends with its session, and the next one receives at once', async () => {
  await using first = await start()
  await waitFor(() => fake.receivers() === 1, { what: 'the first to receive' })
  first.endInput()
  expect((await first.waitForExit()).code).toBe(0)
  await using second = await start()
  await second.waitForStderr(/connected to Reference/)
  expect(second.stderr).not.toContain('standby')
})
