/** From a verdict to the start of the tool it allows: what an approval costs once somebody has pressed the button. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { RunOptions } from '../figures/figure.ts'

const COMMAND: string = join(import.meta.dirname, '../../dist/cli/start.cjs')
/** The shell tells when it runs, in seconds since 1970 with six digits behind the point. */
const TELL_TIME = 'echo $EPOCHREALTIME'
const TIMES = 40
const TIMES_QUICK = 3

/** In microseconds, one value a call. */
export interface ApprovalCosts {
  /** From the write of the verdict to the host's input until the allowed command runs. */
  readonly verdict: readonly number[]
  /** From the spawn of the same shell with the same command until it runs. */
  readonly bare: readonly number[]
}

interface StreamEvent {
  readonly type: string
  readonly request_id?: string
  readonly summary?: string
}

/** Both in turn, so that a slow minute slows both. @throws Error if the session ends or a command tells no time */
export async function measureApproval({ quick, scratch }: RunOptions): Promise<ApprovalCosts> {
  const home = await mkdtemp(join(scratch.folder, 'approval-'))
  const project = join(home, 'project')
  await mkdir(project)
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, TMPDIR: home }
  const args = [COMMAND, '--output-format', 'stream-json', '--input-format', 'stream-json']
  const child = spawn(process.execPath, args, { cwd: project, env, stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const send = (input: object) => child.stdin.write(`${JSON.stringify(input)}\n`)
  const ask = () => send({ type: 'prompt', text: `run: ${TELL_TIME}` })
  const verdict: number[] = []
  const bare: number[] = []
  const wanted = quick ? TIMES_QUICK : TIMES
  let answeredAt = 0
  try {
    ask()
    for await (const line of createInterface(child.stdout)) {
      const event = JSON.parse(line) as StreamEvent
      if (event.type === 'permission.requested') {
        answeredAt = now()
        send({ type: 'permission', request_id: event.request_id, behavior: 'allow' })
      } else if (event.type === 'tool.finished') {
        verdict.push(readTime(event.summary) - answeredAt)
        const spawnedAt = now()
        const { stdout } = await promisify(execFile)('/bin/bash', ['-c', TELL_TIME], { env })
        bare.push(readTime(stdout) - spawnedAt)
        if (verdict.length === wanted) return { verdict, bare }
        ask()
      }
    }
    throw new Error('the session ended before all its tools had run')
  } finally {
    child.kill('SIGTERM')
    await exited
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  }
}

/** Microseconds since 1970, by the clock that the shell reads too. */
function now(): number {
  return (performance.timeOrigin + performance.now()) * 1000
}

function readTime(text = ''): number {
  const [, seconds, micros] = /(\d{10})[.,](\d{6})/.exec(text) ?? []
  if (seconds === undefined || micros === undefined) throw new Error(`the command told no time: ${text}`)
  return Number(seconds) * 1e6 + Number(micros)
}
