/** The client of the MCP SDK as an oracle: what it takes a channel for is what any host of that SDK sees. */
import { RUNTIMES, runtimeCommand, staysTrue, waitFor } from '@backchannel/testkit'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { CallToolResultSchema, type JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it } from 'vitest'
import { programPath } from '../fixtures/programs.ts'

const connect = async (name: string, runtime: (typeof RUNTIMES)[number]) => {
  const transport = new StdioClientTransport({
    command: runtimeCommand(runtime),
    args: [programPath(name)],
    stderr: 'pipe',
  })
  let stderr = ''
  transport.stderr?.on('data', (chunk) => {
    stderr += chunk
  })
  const client = new Client({ name: 'oracle', version: '1.0.0' })
  const errors: Error[] = []
  const notifications: { method: string; params?: unknown }[] = []
  client.onerror = (error) => errors.push(error)
  client.fallbackNotificationHandler = async (notification) => void notifications.push(notification)
  await client.connect(transport)
  /** Everything that comes, whatever the client makes of it. */
  const messages: JSONRPCMessage[] = []
  const take = transport.onmessage
  transport.onmessage = (message) => {
    messages.push(message)
    take?.(message)
  }
  return {
    client,
    messages,
    notifications,
    errors,
    waitForStderr: (pattern: RegExp) => waitFor(() => pattern.test(stderr), { what: `${pattern} on stderr` }),
    [Symbol.asyncDispose]: () => client.close(),
  }
}

describe.each(RUNTIMES)('on %s the client of the SDK', (runtime) => {
  it('connects, pings, lists and calls tools', async () => {
    await using channel = await connect('two-way', runtime)
    const { client } = channel
    expect(client.getServerVersion()).toEqual({ name: 'two-way', version: '1.2.3' })
    expect(client.getServerCapabilities()?.experimental).toHaveProperty(['claude/channel'])
    expect(client.getInstructions()).toBe('Answer with the reply tool.')
    expect(await client.ping()).toEqual({})
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toEqual(['reply', 'fail', 'number', 'wait'])
    expect(await client.callTool({ name: 'reply', arguments: { chat_id: '7', text: 'hi' } })).toEqual({
      content: [{ type: 'text', text: 'sent hi to 7' }],
    })
    expect(await client.callTool({ name: 'reply', arguments: { chat_id: '7' } })).toEqual({
      content: [{ type: 'text', text: 'reply failed: "text": is missing' }],
      isError: true,
    })
    await expect(client.listResources()).rejects.toMatchObject({ code: -32601 })
    expect(channel.errors).toEqual([])
  })

  it('cancels a call, which aborts its signal and is not answered', async () => {
    await using channel = await connect('two-way', runtime)
    const { client, messages } = channel
    const controller = new AbortController()
    const call = client.callTool({ name: 'wait' }, CallToolResultSchema, { signal: controller.signal })
    await channel.waitForStderr(/two-way: waiting/)
    controller.abort()
    await expect(call).rejects.toThrow(/abort/i)
    await channel.waitForStderr(/two-way: cancelled/)
    await client.ping()
    expect(await staysTrue(() => messages.length === 1, 100), JSON.stringify(messages)).toBe(true)
    expect(channel.errors).toEqual([])
  })

  it('runs calls beside each other, and the answers find their way', async () => {
    await using channel = await connect('two-way', runtime)
    const texts = Array.from({ length: 200 }, (_, at) => `text ${at}`)
    const results = await Promise.all(
      texts.map((text) => channel.client.callTool({ name: 'reply', arguments: { chat_id: '7', text } })),
    )
    expect(results.map(({ content }) => (content as { text: string }[])[0]?.text)).toEqual(
      texts.map((text) => `sent ${text} to 7`),
    )
  })

  it('gets events as notifications', async () => {
    await using channel = await connect('load', runtime)
    await channel.waitForStderr(/started/)
    await channel.client.callTool({ name: 'emit', arguments: { count: 3, size: 1, how: 'awaited' } })
    expect(channel.notifications).toMatchObject(
      ['1', '2', '3'].map((number) => ({ params: { content: 'x', meta: { number } } })),
    )
  })
})
