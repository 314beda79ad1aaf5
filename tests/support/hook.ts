/** Starts a built hook as Claude Code does: no shell, the event as JSON on stdin, and an environment that is given. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from './repository.ts'

export interface HookAnswer {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface HookCall {
  readonly plugin: string
  readonly script: 'guard' | 'operator'
  /** What is written to stdin; an object as JSON. */
  readonly input: unknown
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** Default: the Node that runs the test. */
  readonly runtime?: string
}

export function runHook({
  plugin,
  script,
  input,
  env,
  cwd,
  runtime = process.execPath,
}: HookCall): Promise<HookAnswer> {
  const path = join(ROOT, 'dist/marketplace/plugins', plugin, 'hooks', `${script}.cjs`)
  const { promise, resolve, reject } = Promise.withResolvers<HookAnswer>()
  const child = spawn(runtime, [path], { cwd, env: { PATH: process.env['PATH'] ?? '', ...env } })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.on('error', reject)
  child.on('close', (code) => resolve({ code, stdout, stderr }))
  // A hook that has seen enough closes its stdin.
  child.stdin.on('error', () => {})
  child.stdin.end(typeof input === 'string' ? input : JSON.stringify(input))
  return promise
}
