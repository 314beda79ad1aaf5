/**
 * A double of the Agent SDK: the same calls and messages, with a real process behind them that does what each text says:
 * `say TEXT`, `call TOOL JSON`, `fail CAUSE`, `hang`, `orphan` (a child in a group of its own, then hangs), `die`.
 */
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { ClaudeSdk, HookAnswer, Query, QueryOptions, SdkMessage } from '../agents/claude/sdk-types.ts'

export interface FakeClaude extends ClaudeSdk {
  /** With which options each query was started. */
  readonly started: QueryOptions[]
  /** Every text that reached it, as it came. */
  readonly texts: string[]
  /** Its processes, and those that they have started. */
  readonly pids: number[]
}

export interface FakeClaudeOptions {
  readonly version?: string
  /** Known conversations; any other one cannot be resumed. */
  readonly known?: readonly string[]
  /** How many times it does not hear that it is to stop. */
  readonly deaf?: number
}

const PROGRAM = `
const { spawn } = require('node:child_process')
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { text } = JSON.parse(line)
  if (text.includes('die')) process.kill(process.pid, 'SIGKILL')
  if (text.includes('orphan')) {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { detached: true, stdio: 'ignore' })
    console.log(child.pid)
  }
})
`

export function createFakeClaude({ version = '2.1.330', known = [], deaf = 0 }: FakeClaudeOptions = {}): FakeClaude {
  let unheard = deaf
  const started: QueryOptions[] = []
  const texts: string[] = []
  const pids: number[] = []
  return {
    started,
    texts,
    pids,
    query({ prompt, options }): Query {
      started.push(options)
      const messages: SdkMessage[] = []
      let wake = Promise.withResolvers<void>()
      const push = (message: SdkMessage) => {
        messages.push(message)
        wake.resolve()
      }
      const child = options.spawnClaudeCodeProcess({
        command: process.execPath,
        args: ['-e', PROGRAM],
        env: options.env,
      })
      let problem: Error | undefined
      void once(child, 'exit').then(([status, signal]) => {
        problem = new Error(`Claude Code process ${signal ? `terminated by ${signal}` : `exited with code ${status}`}`)
        wake.resolve()
      })
      pids.push(child.pid ?? 0)
      createInterface({ input: child.stdout }).on('line', (line) => pids.push(Number(line)))
      const isUnknown = options.resume !== undefined && !known.includes(options.resume)
      if (isUnknown) child.kill('SIGKILL')
      let working: string | undefined

      const result = (more: object = {}) => {
        const uuid = working
        working = undefined
        push({
          type: 'result',
          subtype: 'success',
          is_error: false,
          usage: { input_tokens: 10, output_tokens: 2 },
          user_message_uuids: [uuid],
          ...more,
        })
      }
      const assistant = (content: object[], more: object = {}) =>
        push({
          type: 'assistant',
          parent_tool_use_id: null,
          message: { content, usage: { input_tokens: 10 } },
          ...more,
        })
      const call = async (tool: string, input: Record<string, unknown>) => {
        const id = `toolu_${texts.length}`
        assistant([{ type: 'tool_use', id, name: tool, input }])
        const [{ hooks }] = options.hooks.PreToolUse
        const judged = await hooks[0]({ tool_name: tool, tool_input: input, tool_use_id: id })
        const decision = decisionOf(judged)
        const answer =
          decision === 'ask' || decision === undefined
            ? await options.canUseTool(tool, input, { signal: new AbortController().signal, toolUseID: id })
            : undefined
        const isAllowed = decision === 'allow' || answer?.behavior === 'allow'
        const content = JSON.stringify(answer ?? judged)
        push({
          type: 'user',
          message: { content: [{ type: 'tool_result', tool_use_id: id, is_error: !isAllowed, content }] },
        })
        result()
      }
      const take = async (text: string, uuid: string) => {
        texts.push(text)
        working = uuid
        push({
          type: 'system',
          subtype: 'init',
          session_id: options.resume ?? `session-${started.length}`,
          model: 'fake',
        })
        const [, word = 'say', rest = ''] = /(say|call|fail|hang|orphan|die)\b ?([^\n<]*)/.exec(text) ?? []
        if (word === 'say') {
          assistant([{ type: 'text', text: rest }])
          result()
        } else if (word === 'fail') {
          push({ type: 'system', subtype: 'api_retry', error: rest, error_status: 529, retry_delay_ms: 10 })
          assistant([{ type: 'text', text: 'synthetic' }], { error: rest })
          result({ is_error: true, result: 'from the wire' })
        } else if (word === 'call') {
          const [tool = '', input = '{}'] = rest.split(/ (.*)/)
          await call(tool, JSON.parse(input))
        } else child.stdin.write(`${JSON.stringify({ text })}\n`)
      }
      const feed = async () => {
        for await (const { message, uuid } of prompt) await take(message.content, uuid)
      }
      void feed()
      return {
        async initializationResult() {
          if (isUnknown) {
            await once(child, 'exit')
            throw new Error('No conversation found')
          }
          return { claude_code_version: version }
        },
        async interrupt() {
          unheard -= 1
          if (unheard < 0 && working !== undefined) result({ subtype: 'error_during_execution', is_error: true })
          return {}
        },
        async setMcpServers() {
          return {}
        },
        close: () => void child.kill('SIGTERM'),
        async *[Symbol.asyncIterator]() {
          for (;;) {
            const next = messages.shift()
            if (next) yield next
            else if (problem) throw problem
            else {
              await wake.promise
              wake = Promise.withResolvers()
            }
          }
        },
      }
    },
  }
}

function decisionOf(answer: HookAnswer): string | undefined {
  return 'hookSpecificOutput' in answer
    ? (answer as { hookSpecificOutput: { permissionDecision: string } }).hookSpecificOutput.permissionDecision
    : undefined
}
