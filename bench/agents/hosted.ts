/** An agent behind the built command, written to through the channel fakechat. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort, withDeadline } from '@backchannel/testkit'
import type { Place, Target } from './agents.ts'

const COMMAND: string = join(import.meta.dirname, '../../dist/cli/start.cjs')
const REPLY = 'mcp__plugin_fakechat_fakechat__reply'
const START_LIMIT_MS = 60_000

/** @param args which agent */
export async function openHosted(args: readonly string[], { cwd, env }: Place): Promise<Target> {
  const port = await freePort()
  const flags = ['--channels', 'plugin:fakechat@backchannel', '--output-format', 'stream-json']
  const child = spawn(process.execPath, [COMMAND, ...args, ...flags], {
    cwd,
    env: { ...env, FAKECHAT_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const listeners = new Set<(event: { type: string; message?: string }) => void>()
  createInterface(child.stdout).on('line', (line) => {
    for (const listener of listeners) listener(JSON.parse(line))
  })
  const until = (matches: (event: { type: string; message?: string }) => boolean): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const listener = (event: { type: string; message?: string }) => {
      if (!matches(event)) return
      listeners.delete(listener)
      resolve()
    }
    listeners.add(listener)
    return promise
  }
  const isThere = until(({ type, message = '' }) => type === 'notice' && /^fakechat: .*http:/.test(message))
  await withDeadline(isThere, { what: 'the page of fakechat', timeoutMs: START_LIMIT_MS })
  let count = 0
  return {
    script: [{ blocks: [{ tool: REPLY, input: { chat_id: 'web', text: 'ok' } }] }, 'done'],
    async send(text) {
      count += 1
      const body = new FormData()
      body.set('id', `b${count}`)
      body.set('text', text)
      const over = until(({ type }) => type === 'turn.finished')
      const { ok, status } = await fetch(`http://127.0.0.1:${port}/upload`, { method: 'POST', body })
      if (!ok) throw new Error(`fakechat answered ${status}`)
      await over
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await exited
    },
  }
}
