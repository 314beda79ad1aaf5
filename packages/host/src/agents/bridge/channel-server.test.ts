/** A long call keeps a client waiting that would give up, and a short one says nothing of it. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { expect, it, onTestFinished } from 'vitest'
import type { ChannelTool } from '../agent.ts'
import { createChannelServer } from './channel-server.ts'

const REPLY: ChannelTool = { name: 'mcp__chat__reply', description: '', inputSchema: {}, source: 'chat', tool: 'reply' }

it('says that a call is still at work, to a client that asked for that', async () => {
  const approved = Promise.withResolvers<void>()
  const call = async () => {
    await approved.promise
    return { ok: true, text: 'sent' }
  }
  const server = createChannelServer('chat', { tools: () => [REPLY], call }, 5)
  const client = new Client({ name: 'agent', version: '1.0.0' })
  const [one, other] = InMemoryTransport.createLinkedPair()
  await Promise.all([server.connect(one), client.connect(other)])
  onTestFinished(() => client.close())
  const notes: number[] = []
  const onprogress = ({ progress }: { progress: number }) => {
    notes.push(progress)
    if (progress === 3) approved.resolve()
  }
  const waiting = client.callTool({ name: 'reply' }, undefined, { onprogress })
  expect(await waiting).toEqual({ content: [{ type: 'text', text: 'sent' }], isError: false })
  expect(notes.slice(0, 3)).toEqual([1, 2, 3])
  expect(await client.callTool({ name: 'reply' })).toMatchObject({ isError: false })
})
