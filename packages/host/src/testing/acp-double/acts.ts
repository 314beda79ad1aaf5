/** What the double does with a prompt: the words of the demo agent, and some that only a test would say. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type {
  AgentContext,
  ContentBlock,
  PermissionOption,
  RequestPermissionResponse,
  StopReason,
  ToolKind,
} from '@agentclientprotocol/sdk'
import { RequestError } from '@agentclientprotocol/sdk'
import type { OpenServer } from './servers.ts'

export interface ActsOptions {
  readonly id: string
  readonly history: readonly string[]
  readonly servers: readonly OpenServer[]
  readonly meta: unknown
  mode(): string
}

export interface Acts {
  /** @param lose makes the double forget its sessions, as an adapter does whose program has died */
  take(prompt: readonly ContentBlock[], client: AgentContext, lose: () => void): Promise<StopReason>
  cancel(): void
  /** Whether messages are to be taken as they are, where that was said. */
  readonly verbatim: unknown
}

interface Meta {
  readonly claudeCode?: { readonly options?: { readonly verbatimPrompts?: unknown } }
}

const ONCE: PermissionOption[] = [
  { optionId: 'always', name: 'Always', kind: 'allow_always' },
  { optionId: 'yes', name: 'Yes', kind: 'allow_once' },
  { optionId: 'no', name: 'No', kind: 'reject_once' },
]

export function createActs({ id: sessionId, history, servers, meta, mode }: ActsOptions): Acts {
  let cancelled = new AbortController()
  let calls = 0

  /** To the chat of the message, where there is one and a tool for it. */
  const answer = async (client: AgentContext, prompt: string, words: string) => {
    const [, source] = /<channel source="([^"]*)"/.exec(prompt) ?? []
    const [, chat] = /<channel [^>]*\bchat_id="([^"]*)"/.exec(prompt) ?? []
    const server = servers.find(({ name }) => source !== undefined && name.includes(source))
    if (!server) return await say(client, words)
    const result = await server.client.callTool({
      name: 'reply',
      arguments: { ...(chat ? { chat_id: chat } : {}), text: words },
    })
    if (result.isError) await say(client, `not sent: ${JSON.stringify(result.content)}`)
  }
  const say = async (client: AgentContext, words: string) => {
    // In two pieces: a model's words come in many.
    for (const part of [words.slice(0, 3), words.slice(3)]) {
      const content = { type: 'text', text: part } as const
      await client.notify('session/update', {
        sessionId,
        update: { sessionUpdate: 'agent_message_chunk', content, messageId: `m${calls}` },
      })
    }
  }
  const call = async (client: AgentContext, kind: ToolKind, title: string, rawInput: object, options = ONCE) => {
    calls += 1
    const toolCallId = `call-${calls}`
    const toolCall = { toolCallId, title, kind, rawInput }
    await client.notify('session/update', {
      sessionId,
      update: { sessionUpdate: 'tool_call', ...toolCall, status: 'pending' },
    })
    const end = (status: 'completed' | 'failed', words: string) =>
      client.notify('session/update', {
        sessionId,
        update: {
          sessionUpdate: 'tool_call_update',
          toolCallId,
          status,
          content: [{ type: 'content', content: { type: 'text', text: words } }],
        },
      })
    const { signal } = cancelled
    const asked = client.request<RequestPermissionResponse>(
      'session/request_permission',
      { sessionId, toolCall, options },
      { cancellationSignal: signal },
    )
    const chosen = await asked.then(
      ({ outcome }) => (outcome.outcome === 'selected' ? outcome.optionId : 'cancelled'),
      (thrown) => `refused: ${String(thrown.message)}`,
    )
    return { chosen, end }
  }
  const run = async (client: AgentContext, command: string): Promise<string> => {
    const { chosen, end } = await call(client, 'execute', command, { command })
    if (chosen !== 'yes') {
      await end('failed', chosen)
      return chosen
    }
    const child = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'ignore'], detached: true })
    const output = await text(child.stdout)
    await end('completed', output)
    return `done: ${output}`
  }
  /** In a shell in a group of its own, as agents do. */
  const wait = async (client: AgentContext): Promise<void> => {
    calls += 1
    const toolCall = {
      toolCallId: `call-${calls}`,
      title: 'sleep 600',
      kind: 'execute',
      rawInput: { command: 'sleep 600' },
    } as const
    await client.notify('session/update', {
      sessionId,
      update: { sessionUpdate: 'tool_call', ...toolCall, status: 'in_progress' },
    })
    const child = spawn('sleep', ['600'], { stdio: 'ignore', detached: true })
    await once(child, 'spawn')
    cancelled.signal.addEventListener('abort', () => child.kill('SIGKILL'))
    await once(child, 'exit')
  }
  const ask = async (client: AgentContext, words: string): Promise<string> => {
    const [question = '', ...choices] = words.split('|').map((part) => part.trim())
    const options = choices.map((choice) => ({ const: choice, title: choice }))
    const response = await client.request<Record<string, unknown>>('elicitation/create', {
      mode: 'form',
      sessionId,
      message: question,
      requestedSchema: {
        type: 'object',
        properties: {
          question_0: { type: 'string', oneOf: options },
          question_0_custom: { type: 'string', title: 'Other' },
        },
      },
    })
    return response['action'] === 'accept' ? JSON.stringify(response['content']) : String(response['action'])
  }

  const work = async (prompt: readonly ContentBlock[], client: AgentContext, lose: () => void): Promise<void> => {
    const whole = prompt.map((block) => ('text' in block ? block.text : '')).join('\n')
    const [, act = '', words = ''] =
      /(?:^|\n)(run|ask|plan|wait|error|tools|wire|history|crash|lose|mode|pid|elsewhere)\b:? ?(.*)/.exec(whole) ?? []
    // What comes before the message are instructions.
    const last = prompt.at(-1)
    const message = last !== undefined && 'text' in last ? last.text : ''
    const tell = (text: string) => answer(client, message, text)
    switch (act) {
      case 'run':
        return tell(await run(client, words))
      case 'wait':
        return wait(client)
      case 'ask':
        return tell(await ask(client, words))
      case 'plan': {
        const { chosen, end } = await call(client, 'switch_mode', 'Ready to code?', { plan: words })
        await end(chosen === 'yes' ? 'completed' : 'failed', chosen)
        return tell(chosen)
      }
      case 'elsewhere': {
        const { chosen } = await call(client, 'edit', words, {}, ONCE.slice(0, 1))
        return tell(chosen)
      }
      case 'error':
        throw RequestError.internalError({ errorKind: words }, 'the provider is out')
      case 'tools': {
        const listed = await Promise.all(
          servers.map(async ({ name, client: server }) => [name, (await server.listTools()).tools]),
        )
        return tell(JSON.stringify(listed))
      }
      case 'wire':
        return tell(JSON.stringify({ prompt, meta, history }))
      case 'history':
        return tell(`history: ${history.length}`)
      case 'mode':
        return tell(`mode: ${mode()}`)
      case 'pid':
        return tell(`pid: ${process.pid}`)
      case 'crash':
        spawn('sleep', ['600'], { stdio: 'ignore', detached: true })
        process.kill(process.pid, 'SIGKILL')
        break
      case 'lose':
        lose()
        throw RequestError.internalError(undefined, 'my program has died')
      default:
        return tell(`I received: ${whole}`)
    }
  }
  return {
    async take(prompt, client, lose) {
      cancelled = new AbortController()
      await work(prompt, client, lose)
      return cancelled.signal.aborted ? 'cancelled' : 'end_turn'
    },
    cancel: () => cancelled.abort(),
    verbatim: (meta as Meta | undefined)?.claudeCode?.options?.verbatimPrompts,
  }
}
