/** An agent's MCP client reaches the tools of channels through the program of the bridge, and nobody else does. */
import { readFileSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { waitFor } from '@backchannel/testkit'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { expect, it, onTestFinished } from 'vitest'
import type { AgentTurn, ChannelTool, ToolOutcome } from '../agent.ts'
import { createBridge } from './bridge.ts'
import { serverNameOf } from './server-name.ts'

const PROGRAM = fileURLToPath(new URL('program.ts', import.meta.url))

function createTool(source: string, tool: string): ChannelTool {
  const inputSchema = { type: 'object', properties: { text: { type: 'string' } }, 'x-own': [1] }
  return { name: `mcp__plugin_${source}_${source}__${tool}`, description: `${tool}s.`, inputSchema, source, tool }
}

function createTurn(answer: (name: string, input: unknown) => Promise<ToolOutcome>): AgentTurn {
  return { callTool: answer } as unknown as AgentTurn
}

async function openBridge(tools: readonly ChannelTool[]) {
  const now = [...tools]
  const bridge = await createBridge(() => now)
  onTestFinished(() => bridge.close())
  return { bridge, now }
}

async function openClient(file: string) {
  const client = new Client({ name: 'agent', version: '1.0.0' })
  const transport = new StdioClientTransport({ command: process.execPath, args: [PROGRAM, file], stderr: 'pipe' })
  onTestFinished(() => client.close())
  await client.connect(transport)
  return client
}

it('lists the tools of one channel as they are, and calls them in the turn', async () => {
  const { bridge } = await openBridge([createTool('chat', 'reply'), createTool('hook', 'reply')])
  expect(bridge.servers.map(({ name }) => name)).toEqual(['plugin_chat_chat', 'plugin_hook_hook'])
  const client = await openClient(bridge.servers[0]!.file)
  const { tools } = await client.listTools()
  expect(tools).toMatchObject([
    {
      name: 'reply',
      description: 'replys.',
      inputSchema: createTool('chat', 'reply').inputSchema,
      _meta: { 'anthropic/alwaysLoad': true },
    },
  ])
  const calls: unknown[] = []
  bridge.setTurn(
    createTurn(async (name, input) => {
      calls.push([name, input])
      return { ok: calls.length === 1, text: `call ${calls.length}` }
    }),
  )
  const reply = { name: 'reply', arguments: { text: 'hi' } }
  expect(await client.callTool(reply)).toEqual({ content: [{ type: 'text', text: 'call 1' }], isError: false })
  expect(await client.callTool(reply)).toMatchObject({ content: [{ text: 'call 2' }], isError: true })
  expect(calls).toEqual([
    ['mcp__plugin_chat_chat__reply', { text: 'hi' }],
    ['mcp__plugin_chat_chat__reply', { text: 'hi' }],
  ])
})

it('refuses a call between turns, in a turn that ends, and of a tool that is not there', async () => {
  const { bridge } = await openBridge([createTool('chat', 'reply')])
  const client = await openClient(bridge.servers[0]!.file)
  const call = async (name: string) => ((await client.callTool({ name })).content as { text: string }[])[0]?.text
  expect(await call('reply')).toContain('no turn is running')
  bridge.setTurn(createTurn(() => Promise.reject(new Error('over'))))
  expect(await call('reply')).toBe('The turn has ended.')
  expect(await call('other')).toBe('plugin_chat_chat has no tool other just now.')
})

it('tells of tools that come and go, and of a channel that is new', async () => {
  const { bridge, now } = await openBridge([createTool('chat', 'reply')])
  const client = await openClient(bridge.servers[0]!.file)
  let changes = 0
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => void changes++)
  expect(await bridge.refresh()).toBe(false)
  now.push(createTool('chat', 'edit'))
  expect(await bridge.refresh()).toBe(false)
  await waitFor(() => changes === 1, { what: 'the change to be told, once' })
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['reply', 'edit'])
  now.splice(0)
  expect(await bridge.refresh()).toBe(false)
  expect((await client.listTools()).tools).toEqual([])
  now.push(createTool('hook', 'reply'))
  expect(await bridge.refresh()).toBe(true)
  expect(bridge.servers.map(({ name }) => name)).toEqual(['plugin_chat_chat', 'plugin_hook_hook'])
})

it.runIf(process.platform !== 'win32')('is for this user alone, and gone with the session', async () => {
  const { bridge } = await openBridge([createTool('chat', 'reply')])
  const { file } = bridge.servers[0]!
  const { address, token } = JSON.parse(readFileSync(file, 'utf8'))
  expect([file, dirname(file)].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o700])
  for (const wrong of ['nonsense\n', `${token}x\n`, 'x'.repeat(5_000)]) {
    const socket = connect(address)
    const said: unknown[] = []
    socket.on('data', (data) => said.push(data))
    socket.on('error', () => {})
    socket.write(`${wrong}{"jsonrpc":"2.0","id":1,"method":"ping"}\n`)
    await new Promise((resolve) => socket.once('close', resolve))
    expect(said).toEqual([])
  }
  const client = await openClient(file)
  const closed = new Promise<void>((resolve) => {
    client.onclose = resolve
  })
  await bridge.close()
  await closed
  expect(statSync(dirname(file), { throwIfNoEntry: false })).toBeUndefined()
})

it('takes a token in pieces, with the first request behind it', async () => {
  const { bridge } = await openBridge([createTool('chat', 'reply')])
  const { address, token } = JSON.parse(readFileSync(bridge.servers[0]!.file, 'utf8'))
  const socket = connect(address)
  onTestFinished(() => void socket.destroy())
  socket.write(token.slice(0, 10))
  socket.write(`${token.slice(10)}\n{"jsonrpc":"2.0","id":1,"method":"ping"}\nno json\n[1]\n`)
  socket.write('{"jsonrpc":"2.0","id":2,"method":"server/discover"}\n')
  let said = ''
  socket.on('data', (data) => {
    said += data
  })
  await waitFor(() => said.split('\n').length > 2, { what: 'two answers' })
  const answers = said
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(answers).toHaveLength(2)
  expect(answers.find(({ id }) => id === 1)).toMatchObject({ result: {} })
  // The legacy handshake only, as towards a channel.
  expect(answers.find(({ id }) => id === 2)).toMatchObject({ error: { code: -32601 } })
})

it('names a server as its tools are named', () => {
  expect(serverNameOf({ name: 'mcp__a_b__x_y', tool: 'x.y' })).toBe('a_b')
  expect(serverNameOf({ name: 'mcp__plugin_telegram_work__reply', tool: 'reply' })).toBe('plugin_telegram_work')
})
