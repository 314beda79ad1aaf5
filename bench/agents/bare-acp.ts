/** The ACP adapter by itself, behind the SDK's client: one prompt at a time. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Readable, Writable } from 'node:stream'
import { client, ndJsonStream } from '@agentclientprotocol/sdk'
import { ADAPTER } from '../../e2e/support/agents.ts'
import type { Place, Target } from './agents.ts'

export async function openBareAcp({ cwd, env }: Place): Promise<Target> {
  const child = spawn(process.execPath, [ADAPTER], { cwd, env, stdio: ['pipe', 'pipe', 'ignore'] })
  const exited = once(child, 'exit')
  const stream = ndJsonStream(
    Writable.toWeb(child.stdin) as WritableStream<Uint8Array>,
    Readable.toWeb(child.stdout) as unknown as ReadableStream<Uint8Array>,
  )
  const { agent } = client({ name: 'bench' })
    .onNotification('session/update', () => {})
    .connect(stream)
  await agent.request('initialize', { protocolVersion: 1, clientCapabilities: {} })
  const options = { promptSuggestions: false, title: 'bench' }
  const { sessionId } = await agent.request('session/new', { cwd, mcpServers: [], _meta: { claudeCode: { options } } })
  await agent.request('session/set_mode', { sessionId, modeId: 'default' })
  return {
    script: [{ blocks: [{ text: 'ok' }] }],
    async send(text) {
      await agent.request('session/prompt', { sessionId, prompt: [{ type: 'text', text }] })
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await exited
    },
  }
}
