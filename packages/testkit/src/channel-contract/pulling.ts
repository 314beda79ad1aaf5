/** `check_messages`, the pull tool of a channel with a journal: what waits where nothing comes by itself, and only there. */
import assert from 'node:assert/strict'
import { isObject } from '../fake-host/messages.ts'
import type { FakeHost } from '../fake-host/types.ts'
import { staysTrue } from '../wait.ts'
import { type ContractCheck, RECEIPTS, waitUntilStarted } from './check.ts'
import { assertQuiet } from './registration.ts'

const TOOL = 'check_messages'
const REFUSED = { capabilities: RECEIPTS, register: { state: 'refused', reason: 'not-opted-in' } } as const
const REGISTERED = { capabilities: RECEIPTS, register: true } as const

/** That nothing more comes is believed after this long. */
const QUIET_MS = 250

export const pullingChecks: readonly ContractCheck[] = [
  {
    title: 'declares tools and lists check_messages, which needs no argument, having a journal',
    only: 'journaled',
    async run({ start }) {
      const host = await start()
      assert.deepEqual(host.serverCapabilities['tools'], {})
      const tools = await host.listTools()
      const tool = tools.find(({ name }) => name === TOOL)
      assert.ok(tool, `${TOOL} is not among ${tools.map(({ name }) => name)}`)
      assert.ok(!isObject(tool.inputSchema) || tool.inputSchema['required'] === undefined, 'it requires an argument')
    },
  },
  {
    title: 'answers check_messages without touching anything where nothing was ever stored',
    only: 'journaled',
    needs: ['quietUntilRegistered'],
    async run({ descriptor, start }) {
      const host = await start(REFUSED)
      assert.deepEqual(readTags(await check(host)), [])
      await assertQuiet(descriptor, host)
    },
  },
  {
    title: 'hands out nothing by check_messages that comes to the session by itself',
    only: 'journaled',
    needs: ['inject'],
    async run({ descriptor, startRegistered }) {
      const host = await startRegistered()
      await descriptor.inject?.(host)
      await host.nextEvent()
      const tags = readTags(await check(host))
      assert.deepEqual(tags, [], 'the session has the event already')
    },
  },
  {
    title: 'hands out by check_messages what an earlier session has left, once, labelled, and nobody gets it again',
    only: 'journaled',
    needs: ['inject'],
    async run({ descriptor, startWithOneState }) {
      const startNext = await startWithOneState()
      const first = await startNext(REGISTERED)
      await waitUntilStarted(descriptor, first)
      await descriptor.inject?.(first)
      await first.nextEvent()
      first.endInput()
      await first.waitForExit()

      const second = await startNext(REFUSED)
      const text = await check(second)
      const tags = readTags(text)
      assert.equal(tags.length, 1, `one event waits, and it is one tag that its content can't leave:\n${text}`)
      assert.match(tags[0] ?? '', / redelivered="true"/, 'it may have reached a session before, without its label')
      assert.deepEqual(readTags(await check(second)), [], 'what was read is handed out twice')
      assert.deepEqual(second.events, [], 'an event was pushed to a session that has not registered the channel')
      await second.request('ping')
      second.endInput()
      await second.waitForExit()

      const third = await startNext(REGISTERED)
      await waitUntilStarted(descriptor, third)
      await staysTrue(() => third.events.length === 0, QUIET_MS)
      assert.deepEqual(third.events, [], 'it counts as read, and is offered to the next session all the same')
    },
  },
]

async function check(host: FakeHost): Promise<string> {
  const { content, isError } = await host.callTool(TOOL, {})
  const text = content.map(({ text = '' }) => text).join('\n')
  assert.notEqual(isError, true, `${TOOL} failed: ${text}`)
  assert.notEqual(text.trim(), '', 'the agent is told nothing')
  return text
}

/** Whatever a reader could take for the beginning of an event. */
function readTags(text: string): string[] {
  return text.match(/<channel\b[^>]*>/gi) ?? []
}
