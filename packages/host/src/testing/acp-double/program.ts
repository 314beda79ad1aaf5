/**
 * An agent that speaks the Agent Client Protocol, with words in place of a model: the double of the tests. Its flags take
 * abilities away or change them; what it does with a prompt is in acts.ts.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { Readable, Writable } from 'node:stream'
import { agent, type McpServer, ndJsonStream, RequestError } from '@agentclientprotocol/sdk'
import { type Acts, createActs } from './acts.ts'
import { openServers } from './servers.ts'

const flag = (name: string) => process.argv.find((word) => word.startsWith(`--${name}`))
const value = (name: string) => flag(`${name}=`)?.split('=')[1]

/** What was said in each session, kept where `--state=FILE` names a file. */
const state = value('state')
const sessions = new Map<string, string[]>(readState())
const open = new Map<string, Acts>()
let mode = 'auto'

function readState(): [string, string[]][] {
  try {
    return state === undefined ? [] : JSON.parse(readFileSync(state, 'utf8'))
  } catch {
    return []
  }
}

function keep(): void {
  if (state !== undefined) writeFileSync(state, JSON.stringify([...sessions]))
}

interface SessionParams {
  readonly mcpServers?: readonly McpServer[] | undefined
  readonly _meta?: unknown
}

async function openActs(id: string, { mcpServers = [], _meta }: SessionParams): Promise<void> {
  if (flag('no-auth')) throw RequestError.authRequired(undefined, 'run "double login"')
  const history = sessions.get(id) ?? []
  sessions.set(id, history)
  open.set(id, createActs({ id, history, servers: await openServers(mcpServers), meta: _meta, mode: () => mode }))
}

const modes = () => ({
  currentModeId: mode,
  availableModes: (value('modes') ?? 'auto,default,plan').split(',').map((id) => ({ id, name: id })),
})

if (flag('banner')) process.stdout.write('Welcome to the double!\n{"no":"message"}\n')
if (flag('fails')) {
  process.stderr.write('Error: the double has no licence\n')
  process.exit(3)
}

const connection = agent({ name: 'double' })
  .onRequest('initialize', async () => {
    if (flag('silent')) await new Promise(() => {})
    return {
      protocolVersion: Number(value('version') ?? 1),
      agentInfo: { name: 'double', title: 'The double', version: '1.0.0' },
      authMethods: [{ id: 'login', name: 'Log in', description: 'Run "double login"' }],
      agentCapabilities: {
        loadSession: !flag('no-load'),
        ...(flag('claude-code') ? { _meta: { claudeCode: { promptQueueing: true } } } : {}),
        sessionCapabilities: { ...(flag('resume') ? { resume: {} } : {}), close: {} },
      },
    }
  })
  .onRequest('session/new', async ({ params, client }) => {
    const sessionId = `double-${process.pid}-${sessions.size + 1}`
    await openActs(sessionId, params)
    const availableCommands = (value('commands') ?? '').split(',').map((name) => ({ name, description: name }))
    const update = { sessionUpdate: 'available_commands_update', availableCommands } as const
    if (flag('commands')) await client.notify('session/update', { sessionId, update })
    return { sessionId, ...(flag('no-modes') ? {} : { modes: modes() }) }
  })
  .onRequest('session/load', async ({ params, client }) => {
    const { sessionId } = params
    const history = sessions.get(sessionId)
    if (!history) throw RequestError.resourceNotFound(sessionId)
    await openActs(sessionId, params)
    for (const text of history) {
      const content = { type: 'text', text: `(again: ${text})` } as const
      await client.notify('session/update', { sessionId, update: { sessionUpdate: 'agent_message_chunk', content } })
    }
    return { modes: modes() }
  })
  .onRequest('session/resume', async ({ params }) => {
    if (!sessions.has(params.sessionId)) throw RequestError.resourceNotFound(params.sessionId)
    await openActs(params.sessionId, params)
    return { modes: modes() }
  })
  .onRequest('session/set_mode', ({ params }) => {
    if (!open.has(params.sessionId)) throw RequestError.resourceNotFound(params.sessionId)
    mode = params.modeId
  })
  .onRequest('session/close', ({ params }) => void open.delete(params.sessionId))
  .onRequest('session/prompt', async ({ params: { sessionId, prompt }, client }) => {
    const acts = open.get(sessionId)
    if (!acts) throw RequestError.resourceNotFound(sessionId)
    const text = prompt.map((block) => ('text' in block ? block.text : '')).join('\n')
    sessions.get(sessionId)?.push(text === '/compact' ? `${text} (verbatim: ${acts.verbatim})` : text)
    keep()
    return { stopReason: await acts.take(prompt, client, () => open.clear()), _meta: { quota: QUOTA } }
  })
  .onNotification('session/cancel', ({ params }) => {
    if (!flag('deaf')) open.get(params.sessionId)?.cancel()
  })
  .connect(
    ndJsonStream(
      Writable.toWeb(process.stdout) as WritableStream<Uint8Array>,
      Readable.toWeb(process.stdin) as unknown as ReadableStream<Uint8Array>,
    ),
  )

const QUOTA = { token_count: { inputTokens: 3, cachedInputTokens: 4, cachedWriteTokens: 0, outputTokens: 5 } }
await connection.closed
process.exit(0)
