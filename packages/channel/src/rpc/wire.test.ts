/**
 * The bytes on the wire, as literals: what a channel answers to each thing a host may say. Nothing here is imported
 * from the source, so that a change of a constant shows.
 */
import { type FakeHost, RUNTIMES, waitFor } from '@backchannel/testkit'
import { describe, expect, it } from 'vitest'
import { startProgram, startRegistered } from '../fixtures/programs.ts'

/** Says a line and gives the next one that comes. */
const ask = async (host: FakeHost, line: string): Promise<string> => {
  const at = host.stdoutLines.length
  host.writeRaw(`${line}\n`)
  return waitFor(() => host.stdoutLines[at], { what: `the answer to ${line.slice(0, 200)}` })
}

const initialize = (id: string, revision: string) =>
  `{"jsonrpc":"2.0","id":${id},"method":"initialize","params":{"protocolVersion":"${revision}","capabilities":{},"clientInfo":{"name":"host","version":"1"}}}`

const initialized = (id: string, revision: string) =>
  `{"jsonrpc":"2.0","id":${id},"result":{"protocolVersion":"${revision}","capabilities":{"experimental":{"claude/channel":{},"backchannel/channel":{"version":1,"features":["receipts"]}},"tools":{}},"serverInfo":{"name":"two-way","version":"1.2.3"},"instructions":"Answer with the reply tool."}}`

const call = (id: string, name: string, input?: string) =>
  `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"${name}"${input === undefined ? '' : `,"arguments":${input}`}}}`

const text = (id: string, words: string) =>
  `{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":"${words}"}]}}`

const failed = (id: string, words: string) =>
  `{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":"${words}"}],"isError":true}}`

const error = (id: string, code: number, message: string) =>
  `{"jsonrpc":"2.0","id":${id},"error":{"code":${code},"message":"${message}"}}`

const LIST =
  '{"jsonrpc":"2.0","id":1,"result":{"tools":[' +
  '{"name":"reply","description":"Answers.","inputSchema":{"type":"object","properties":{"chat_id":{"type":"string"},"text":{"type":"string"}},"required":["chat_id","text"]}},' +
  '{"name":"fail","description":"Fails.","inputSchema":{"type":"object"}},' +
  '{"name":"number","description":"Returns a number.","inputSchema":{"type":"object"}},' +
  '{"name":"wait","description":"Waits.","inputSchema":{"type":"object"}}]}}'

const INVALID = 'Invalid request: expected one JSON-RPC object a line'
const LONG = 'x'.repeat(200)

/** What is said, and what is answered, in one session. */
const EXCHANGES: readonly (readonly [name: string, said: string, answered: string])[] = [
  [
    'server/discover of a later era',
    '{"jsonrpc":"2.0","id":0,"method":"server/discover","params":{"protocolVersion":"2026-07-28"}}',
    error('0', -32601, 'Method not found: server/discover'),
  ],
  ['a ping before the handshake', '{"jsonrpc":"2.0","id":1,"method":"ping"}', '{"jsonrpc":"2.0","id":1,"result":{}}'],
  ['the handshake', initialize('2', '2025-11-25'), initialized('2', '2025-11-25')],
  ['revision 2025-06-18', initialize('3', '2025-06-18'), initialized('3', '2025-06-18')],
  ['revision 2025-03-26', initialize('4', '2025-03-26'), initialized('4', '2025-03-26')],
  ['revision 2024-11-05', initialize('5', '2024-11-05'), initialized('5', '2024-11-05')],
  ['revision 2024-10-07', initialize('6', '2024-10-07'), initialized('6', '2024-10-07')],
  ['revision 2026-07-28', initialize('7', '2026-07-28'), initialized('7', '2025-11-25')],
  ['a revision that is none', initialize('8', 'yesterday'), initialized('8', '2025-11-25')],
  ['initialize without params', '{"jsonrpc":"2.0","id":9,"method":"initialize"}', initialized('9', '2025-11-25')],
  ['a text as id', '{"jsonrpc":"2.0","id":"a\\nb","method":"ping"}', '{"jsonrpc":"2.0","id":"a\\nb","result":{}}'],
  ['an empty text as id', '{"jsonrpc":"2.0","id":"","method":"ping"}', '{"jsonrpc":"2.0","id":"","result":{}}'],
  ['0 as id', '{"jsonrpc":"2.0","id":0,"method":"ping"}', '{"jsonrpc":"2.0","id":0,"result":{}}'],
  [
    'null as id',
    '{"jsonrpc":"2.0","id":null,"method":"ping"}',
    error('null', -32600, 'Invalid request: \\"id\\" must be a string or a number'),
  ],
  [
    'an object as id',
    '{"jsonrpc":"2.0","id":{},"method":"ping"}',
    error('null', -32600, 'Invalid request: \\"id\\" must be a string or a number'),
  ],
  ['white space around', '  {"jsonrpc":"2.0","id":1,"method":"ping"}\r', '{"jsonrpc":"2.0","id":1,"result":{}}'],
  ['tools/list', '{"jsonrpc":"2.0","id":1,"method":"tools/list"}', LIST],
  ['tools/list with a cursor', '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"x"}}', LIST],
  ['a call', call('"c"', 'reply', '{"chat_id":"7","text":"hi"}'), text('"c"', 'sent hi to 7')],
  ['a call without arguments', call('1', 'reply'), failed('1', 'reply failed: \\"chat_id\\": is missing')],
  ['a call with null for arguments', call('1', 'fail', 'null'), failed('1', 'fail failed: the chat has hung up')],
  [
    'a call with a wrong type',
    call('1', 'reply', '{"chat_id":7,"text":"hi"}'),
    failed('1', 'reply failed: \\"chat_id\\": expected string, got number'),
  ],
  [
    'a call with a list of arguments',
    call('1', 'reply', '["7","hi"]'),
    failed('1', 'reply failed: arguments: expected object, got array'),
  ],
  [
    'a call of a tool that returns no text',
    call('1', 'number'),
    failed('1', 'number failed: it returned a value of type number, and the agent takes text only'),
  ],
  [
    'a call of no known tool',
    call('1', '__proto__'),
    failed('1', 'unknown tool: __proto__; this channel has reply, fail, number, wait'),
  ],
  [
    'a call of a very long name',
    call('1', LONG),
    failed('1', `unknown tool: ${LONG.slice(0, 80)}; this channel has reply, fail, number, wait`),
  ],
  [
    'a call without a name',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":{}}}',
    error('1', -32602, 'Invalid params: \\"name\\" must be a string'),
  ],
  [
    'an unknown method',
    '{"jsonrpc":"2.0","id":1,"method":"resources/list"}',
    error('1', -32601, 'Method not found: resources/list'),
  ],
  [
    'a very long method',
    `{"jsonrpc":"2.0","id":1,"method":"${LONG}"}`,
    error('1', -32601, `Method not found: ${LONG.slice(0, 80)}`),
  ],
  ['half a line', '{"jsonrpc":"2.0","id":1,', error('null', -32700, 'Parse error: the line is not JSON')],
  ['no JSON at all', 'GET / HTTP/1.1', error('null', -32700, 'Parse error: the line is not JSON')],
  ['a number', '7', error('null', -32600, INVALID)],
  ['null', 'null', error('null', -32600, INVALID)],
  ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', error('null', -32600, INVALID)],
  ['an empty batch', '[]', error('null', -32600, INVALID)],
  [
    'an object without a method',
    '{"jsonrpc":"2.0","id":1}',
    error('null', -32600, 'Invalid request: \\"method\\" must be a string'),
  ],
  [
    'a method that is no text',
    '{"jsonrpc":"2.0","id":1,"method":7}',
    error('null', -32600, 'Invalid request: \\"method\\" must be a string'),
  ],
]

/** What is said and not answered: the answer to the ping after it comes next. */
const UNANSWERED: readonly (readonly [name: string, said: string])[] = [
  ['a blank line', '  '],
  ['an unknown notification', '{"jsonrpc":"2.0","method":"notifications/whatever","params":{"a":1}}'],
  ['a request without an id', '{"jsonrpc":"2.0","method":"tools/list"}'],
  ['an answer that nobody waits for', '{"jsonrpc":"2.0","id":99,"result":{}}'],
  ['an error that nobody waits for', '{"jsonrpc":"2.0","id":99,"error":{"code":-32601,"message":"no"}}'],
  ['an error with id null', '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}'],
  ['a cancellation of nothing', '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}'],
  ['a cancellation without params', '{"jsonrpc":"2.0","method":"notifications/cancelled"}'],
  [
    'what belongs to the extension, from a host without it',
    '{"jsonrpc":"2.0","method":"notifications/backchannel/receipt","params":{"event_id":"1","state":"completed"}}',
  ],
]

describe.each(RUNTIMES)('on %s', (runtime) => {
  it('answers each thing a host may say with these bytes', async () => {
    await using host = await startProgram('two-way', runtime, { handshake: false })
    for (const [name, said, answered] of EXCHANGES) expect(await ask(host, said), name).toBe(answered)
    for (const [name, said] of UNANSWERED) {
      const at = host.stdoutLines.length
      host.writeRaw(`${said}\n`)
      expect(await ask(host, '{"jsonrpc":"2.0","id":1,"method":"ping"}'), name).toBe(
        '{"jsonrpc":"2.0","id":1,"result":{}}',
      )
      expect(host.stdoutLines.slice(at), name).toHaveLength(1)
    }
    expect(host.stderr).toBe('')
  })

  it('answers server/discover with an error, after which the handshake of the legacy era works', async () => {
    await using host = await startProgram('lifecycle', runtime, { handshake: false })
    expect(await ask(host, '{"jsonrpc":"2.0","id":1,"method":"server/discover"}')).toBe(
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found: server/discover"}}',
    )
    expect((await host.initialize()).protocolVersion).toBe('2025-11-25')
    host.initialized()
    await host.waitForStderr(/started as lifecycle/)
  })

  it('declares no tools, and has none, where the channel is one-way', async () => {
    await using host = await startProgram('lifecycle', runtime, { handshake: false })
    expect(await ask(host, initialize('1', '2025-11-25'))).toBe(
      '{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{"experimental":{"claude/channel":{},"backchannel/channel":{"version":1,"features":["receipts"]}}},"serverInfo":{"name":"lifecycle","version":"1.0.0"},"instructions":"Nothing comes from here."}}',
    )
    for (const method of ['tools/list', 'tools/call']) {
      expect(await ask(host, `{"jsonrpc":"2.0","id":1,"method":"${method}","params":{"name":"reply"}}`)).toBe(
        `{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found: ${method}"}}`,
      )
    }
  })

  it('writes an event as these bytes, with an id only for a host with receipts', async () => {
    await using stock = await startProgram('load', runtime)
    await stock.waitForStderr(/started/)
    await stock.callTool('emit', { count: 1, size: 2, how: 'awaited' })
    expect(stock.stdoutLines[1]).toBe(
      '{"jsonrpc":"2.0","method":"notifications/claude/channel","params":{"content":"xx","meta":{"number":"1"}}}',
    )
    await using host = await startRegistered('load', runtime)
    await host.waitForStderr(/started/)
    await host.callTool('emit', { count: 1, size: 2, how: 'awaited' })
    expect(host.stdoutLines[1]).toMatch(
      /^\{"jsonrpc":"2\.0","method":"notifications\/claude\/channel","params":\{"content":"xx","meta":\{"number":"1"\},"event_id":"[0-9a-f-]{36}"\}\}$/,
    )
  })

  it('skips a line over 16 MiB, says so, and takes the next one', async () => {
    await using host = await startProgram('two-way', runtime, { handshake: false })
    const chunk = 'x'.repeat(1024 * 1024)
    for (let megabytes = 0; megabytes < 17; megabytes += 1) host.writeRaw(chunk)
    expect(await ask(host, '')).toBe(
      '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error: the line is too long"}}',
    )
    expect(await ask(host, '{"jsonrpc":"2.0","id":1,"method":"ping"}')).toBe('{"jsonrpc":"2.0","id":1,"result":{}}')
  })

  it('takes a line that comes in pieces, cut inside a character', async () => {
    await using host = await startProgram('two-way', runtime, { handshake: false })
    const bytes = Buffer.from(`${call('1', 'reply', '{"chat_id":"ü","text":"→🙂"}')}\n`)
    for (let at = 0; at < bytes.length; at += 1) {
      host.writeRaw(bytes.subarray(at, at + 1))
      if (at % 16 === 0) await new Promise(setImmediate)
    }
    expect(await waitFor(() => host.stdoutLines[0], { what: 'the answer' })).toBe(text('1', 'sent →🙂 to ü'))
  })
})
