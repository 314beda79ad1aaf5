/** The Agent SDK by itself, in streaming input: one message at a time. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SDK } from '../../e2e/support/agents.ts'
import { clientPath } from '../../e2e/support/client.ts'
import type { Place, Target } from './agents.ts'

interface SdkModule {
  query(given: object): AsyncIterable<{ readonly type: string }> & { close(): void }
}

export async function openBareSdk({ cwd, env }: Place): Promise<Target> {
  const { query } = (await import(pathToFileURL(join(SDK, 'sdk.mjs')).href)) as SdkModule
  const waiting: object[] = []
  let wake = () => {}
  let open = true
  async function* input(): AsyncGenerator<object> {
    while (open) {
      const next = waiting.shift()
      if (next) yield next
      else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
  }
  const running = query({
    prompt: input(),
    options: {
      cwd,
      env,
      pathToClaudeCodeExecutable: clientPath(),
      permissionMode: 'default',
      systemPrompt: { type: 'preset', preset: 'claude_code' },
      settingSources: ['user', 'project', 'local'],
    },
  })
  let finished = () => {}
  const reading = (async () => {
    for await (const { type } of running) if (type === 'result') finished()
  })()
  // It ends as it is closed.
  reading.catch(() => {})
  return {
    script: [{ blocks: [{ text: 'ok' }] }],
    async send(text) {
      const over = new Promise<void>((resolve) => {
        finished = resolve
      })
      waiting.push({ type: 'user', message: { role: 'user', content: text }, parent_tool_use_id: null })
      wake()
      await over
    },
    async [Symbol.asyncDispose]() {
      open = false
      wake()
      running.close()
      await reading.catch(() => {})
    },
  }
}
