/** Several servers of one session: tools by name, instructions and receipts by source, one end for all. */
import { isAlive } from '@backchannel/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { createPlan, createPorts } from '../testing/channel-ports.ts'
import { kitServer, scriptedServer } from '../testing/servers.ts'
import type { ServerPlan } from './channel.ts'
import { createChannelSet } from './channel-set.ts'

function open(...plans: ServerPlan[]) {
  const ports = createPorts()
  const set = createChannelSet(plans, ports)
  onTestFinished(() => set.close())
  return { set, ports }
}

const never = new AbortController().signal

test('tools and instructions of all, each under its own name', async () => {
  const { set } = open(
    createPlan(kitServer('sdk-channel', { INSTRUCTIONS: 'About alpha.' }), 'server:alpha'),
    createPlan(kitServer('sdk-plain'), 'server:plain', false),
    createPlan(kitServer('sdk-channel', { INSTRUCTIONS: 'About beta.' }), 'server:beta'),
  )
  await set.settled
  expect(set.tools().map(({ name, source, tool }) => `${name} ${source} ${tool}`)).toEqual([
    'mcp__alpha__reply alpha reply',
    'mcp__alpha__emit alpha emit',
    'mcp__plain__add plain add',
    'mcp__beta__reply beta reply',
    'mcp__beta__emit beta emit',
  ])
  expect(set.instructions()).toBe('# alpha\nAbout alpha.\n\n# beta\nAbout beta.')
  expect(await set.callTool('mcp__plain__add', { a: 2, b: 3 }, never)).toEqual({ ok: true, text: '5' })
  expect(await set.callTool('mcp__plain__subtract', {}, never)).toBeUndefined()
})

test('one that does not start keeps nobody else from it', async () => {
  const { set, ports } = open(
    createPlan(kitServer('exits-at-once'), 'server:broken'),
    createPlan(kitServer('sdk-channel'), 'server:good'),
  )
  await set.settled
  expect(ports.recorder.of('channel.refused').map(({ entry }) => entry)).toEqual(['server:broken'])
  expect(ports.recorder.of('channel.registered').map(({ entry }) => entry)).toEqual(['server:good'])
})

test('two servers whose tools would have one name: the first is called, and it is said', async () => {
  const tool = (text: string) =>
    scriptedServer(`on['tools/list'] = () => ({ tools: [{ name: 'same' }] })
      on['tools/call'] = () => ({ content: [{ type: 'text', text: '${text}' }] })`)
  const { set, ports } = open(createPlan(tool('first'), 'server:a.b'), createPlan(tool('second'), 'server:a/b'))
  await set.settled
  expect(set.tools().map(({ name }) => name)).toEqual(['mcp__a_b__same'])
  expect(await set.callTool('mcp__a_b__same', {}, never)).toEqual({ ok: true, text: 'first' })
  expect((await ports.recorder.notice(/alike/)).message).toContain('a/b and a.b')
})

test('closing ends every process, and may be called twice', async () => {
  const { set, ports } = open(
    createPlan(kitServer('crashes-after'), 'server:one'),
    createPlan(kitServer('crashes-after'), 'server:two'),
  )
  await ports.recorder.wait('event.received', 2)
  const pids = ports.recorder.of('event.received').map(({ content }) => Number(/\d+/.exec(content)?.[0]))
  await Promise.all([set.close(), set.close()])
  expect(pids.map(isAlive)).toEqual([false, false])
})
