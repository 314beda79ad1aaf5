/** Runs git for the publisher, in a repository of its own, untouched by whose machine it is. */
import { spawn } from 'node:child_process'

export interface GitOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
}

/** Settings of the user that would change what is published. */
const PLAIN = [
  '-c',
  'core.autocrlf=false',
  '-c',
  'core.fileMode=true',
  '-c',
  'commit.gpgSign=false',
  '-c',
  'core.excludesFile=',
]

/**
 * @returns what it wrote to stdout, without white space at the ends
 * @throws with the command and what git said
 */
export function git(args: readonly string[], { cwd, env }: GitOptions): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const child = spawn('git', [...PLAIN, ...args], {
    cwd,
    env: { ...process.env, GIT_TERMINAL_PROMPT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const out: string[] = []
  const errors: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text))
  child.on('error', reject)
  child.on('close', (status) => {
    if (status === 0) resolve(out.join('').trim())
    else reject(new Error(`git ${args.join(' ')} failed (${status}):\n${errors.join('').trim()}`))
  })
  return promise
}
