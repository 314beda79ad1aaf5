/** The tools of real servers: listed loosely, called, cancelled, and never waited for in vain. */
import { waitFor } from '@backchannel/testkit'
import { expect, test } from 'vitest'
import { NEVER } from '../testing/channel.ts'
import { connect } from '../testing/connection.ts'
import { kitServer, scriptedServer } from '../testing/servers.ts'

test('are listed page by page', async () => {
  const script = `on['tools/list'] = ({ cursor } = {}) => {
    const page = Number(cursor ?? 0)
    return { tools: [{ name: 'tool' + page, inputSchema: { type: 'object' } }], ...(page < 4 ? { nextCursor: String(page + 1) } : {}) }
  }`
  const { connection } = await connect(scriptedServer(script))
  expect(connection.tools.map(({ name }) => name)).toEqual(['tool0', 'tool1', 'tool2', 'tool3', 'tool4'])
})

test('a list without end is cut off', async () => {
  const script = `let count = 0
    on['tools/list'] = () => ({ tools: [{ name: 'tool' + count++ }], nextCursor: 'more' })`
  const { connection, seen } = await connect(scriptedServer(script))
  expect(connection.tools).toHaveLength(50)
  expect(seen.problems).toEqual(['of its tools, some were passed over: all after 50 pages'])
})

test('broken ones are passed over, the others are used', async () => {
  const script = `on['tools/list'] = () => ({ tools: [
    { name: 'good' }, { description: 'no name' }, 7, { name: 'good', description: 'twice' },
    { name: 'go.od' }, { name: 'go od' },
    { name: 'strict', inputSchema: 'none', outputSchema: { type: 'no such type' } } ] })`
  const { connection, seen } = await connect(scriptedServer(script))
  expect(connection.tools).toEqual([
    { name: 'good', description: '', inputSchema: { type: 'object' } },
    { name: 'go.od', description: '', inputSchema: { type: 'object' } },
    { name: 'strict', description: '', inputSchema: { type: 'object' } },
  ])
  expect(seen.problems).toEqual([
    'of its tools, some were passed over: one without a name, another "good", another "go od"',
  ])
})

test('a list that fails or does not come leaves a server without tools, and says so', async () => {
  const failing = `on['tools/list'] = (_, { id }) => void send({ id, error: { code: -32603, message: 'database gone' } })`
  const { connection, seen } = await connect(scriptedServer(failing))
  expect(connection.tools).toEqual([])
  expect(seen.problems).toEqual([expect.stringMatching(/^its tools could not be listed: .*database gone/)])

  const silent = await connect(scriptedServer(`on['tools/list'] = () => undefined`), { startTimeoutMs: 1_000 })
  expect(silent.seen.problems).toEqual([expect.stringMatching(/^its tools could not be listed: .*timed out/i)])
})

test('a changed list is read again, and a flood of changes does not keep the host busy', async () => {
  const script = `let lists = 0
    on['tools/list'] = () => {
      lists += 1
      process.stderr.write('list ' + lists + '\\n')
      send({ method: 'notifications/tools/list_changed' })
      return { tools: [{ name: 'tool' + Math.min(lists, 3) }] }
    }`
  const { connection, seen } = await connect(scriptedServer(script))
  await waitFor(() => connection.tools[0]?.name === 'tool3', { what: 'the third list' })
  await waitFor(() => seen.stderr.includes('list 10'), { what: 'the flood' })
  await connection.close()
  expect(seen.stderr.split('\n').length).toBeLessThan(40)
})

test('are called, also with failure', async () => {
  const { connection } = await connect(kitServer('sdk-channel'))
  expect(await connection.callTool('reply', { text: 'hi' }, NEVER)).toEqual({ ok: true, text: 'sent: hi' })
  expect(await connection.callTool('reply', { text: 5 }, NEVER)).toEqual({
    ok: false,
    text: 'reply failed: "text" must be a string',
  })
  expect(await connection.callTool('nothing', 'no object', NEVER)).toMatchObject({ ok: false })
})

test('an answer of other kinds than text', async () => {
  const script = `on['tools/call'] = ({ name }) => ({
    image: { content: [{ type: 'text', text: 'see:' }, { type: 'image', data: '', mimeType: 'image/png' }, null] },
    structured: { structuredContent: { a: 1 } },
    nothing: {},
  })[name]`
  const { connection } = await connect(scriptedServer(script))
  const call = async (name: string) => (await connection.callTool(name, {}, NEVER)).text
  expect([await call('image'), await call('structured'), await call('nothing')]).toEqual([
    'see:\n(image)',
    '{"a":1}',
    '',
  ])
})

test('a cancelled call ends at once, and the server hears of that call alone', async () => {
  const script = `
    on['tools/call'] = ({ name }) => (name === 'quick' ? { content: [] } : undefined)
    on['notifications/cancelled'] = ({ requestId }) => void process.stderr.write('cancelled ' + requestId + ';')
    on['tools/list'] = () => ({ tools: [{ name: 'quick' }, { name: 'slow' }] })
  `
  const { connection, seen } = await connect(scriptedServer(script))
  const turn = new AbortController()
  await connection.callTool('quick', {}, turn.signal)
  const slow = connection.callTool('slow', {}, turn.signal)
  turn.abort()
  expect(await slow).toEqual({ ok: false, text: 'The call was cancelled.' })
  await waitFor(() => seen.stderr.includes('cancelled'), { what: 'the cancellation' })
  expect(await connection.callTool('quick', {}, turn.signal)).toEqual({ ok: false, text: 'The call was cancelled.' })
  await connection.callTool('quick', {}, NEVER)
  expect(seen.stderr.match(/cancelled/g)).toHaveLength(1)
})

test('a server that dies in the middle of a call', async () => {
  const { connection } = await connect(kitServer('crashes-after'))
  expect(await connection.callTool('crash', {}, NEVER)).toEqual({
    ok: false,
    text: 'The server ended before it answered.',
  })
  expect(await connection.ended).toBe('was killed by SIGKILL')
  expect(await connection.callTool('crash', {}, NEVER)).toMatchObject({ ok: false })
})

test('an answer that is too long fails its call, instead of letting it wait for ever', async () => {
  const script = `on['tools/call'] = () => ({ content: [{ type: 'text', text: 'x'.repeat(5000) }] })`
  const { connection } = await connect(scriptedServer(script), { lineBytes: 4_000 })
  expect(await connection.callTool('long', {}, NEVER)).toEqual({
    ok: false,
    text: expect.stringContaining('longer than a session takes'),
  })
})
