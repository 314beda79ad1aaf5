/** A flood from a channel into a session: what is over the rate is dropped and counted, and the session goes on. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { serverPath } from '@backchannel/testkit'
import { readMemory, resetPeak } from '../memory.ts'
import type { FloodResult } from './table.ts'

const COMMAND: string = join(import.meta.dirname, '../../dist/cli/start.cjs')
const ENTRY = ['--dangerously-load-development-channels', 'server:hostile', '--accept-development-channels']
const SETTLED = 0.1

interface StreamEvent {
  readonly type: string
  readonly content?: string
  readonly input?: string
  readonly count?: number
}

/** @throws Error if the session ends before it has answered what comes after the flood. */
export async function floodHost(folder: string, events: number): Promise<FloodResult> {
  const home = await mkdtemp(join(folder, 'host-'))
  const project = join(home, 'project')
  await mkdir(project)
  const server = { command: process.execPath, args: [serverPath('hostile')], env: { COUNT: String(events) } }
  await writeFile(join(project, '.mcp.json'), JSON.stringify({ mcpServers: { hostile: server } }))
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, TMPDIR: home }
  const args = [COMMAND, '--output-format', 'stream-json', '--input-format', 'stream-json', ...ENTRY]
  const child = spawn(process.execPath, args, { cwd: project, env, stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const pid = child.pid ?? 0
  // The server says one thing more after the flood.
  const result = { name: 'host', sent: events + 1, delivered: 0, dropped: 0, settledBytes: 0 }
  const began = performance.now()
  try {
    for await (const line of createInterface(child.stdout)) {
      const event = JSON.parse(line) as StreamEvent
      if (event.type === 'event.received') result.delivered += 1
      if (event.type === 'event.dropped') result.dropped += event.count ?? 0
      const seen = result.delivered + result.dropped
      if (result.settledBytes === 0 && seen > events * SETTLED) {
        result.settledBytes = (await readMemory(pid)).resident
        await resetPeak(pid)
      }
      if (seen === result.sent && event.type.startsWith('event.'))
        child.stdin.write(`${JSON.stringify({ type: 'prompt', text: 'still there?' })}\n`)
      if (event.type === 'turn.started' && event.input === 'still there?') {
        const seconds = (performance.now() - began) / 1000
        return { ...result, seconds, mostBytes: (await readMemory(pid)).peak }
      }
    }
    throw new Error(`the session ended after ${result.delivered} events and ${result.dropped} drops of ${result.sent}`)
  } finally {
    child.kill('SIGTERM')
    await exited
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  }
}
