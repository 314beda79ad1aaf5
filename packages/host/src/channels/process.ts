/** A server's process: started in a group of its own, and gone for certain when it is closed, its children included. */
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { BackchannelError, toError } from '@backchannel/protocol'

export interface ServerCommand {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
}

export interface ServerProcess {
  readonly pid: number
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** Resolves when the process has ended, with words for people: `exited with status 3`, `was killed by SIGKILL`. */
  readonly ended: Promise<string>
  /** Closes stdin, then asks, then kills the whole group; resolves when it is gone. Idempotent. */
  close(): Promise<void>
}

/** A channel ends within a second of stdin closing; then it is asked, then killed. Together under two seconds. */
const ASK_AFTER_MS = 1_100
const KILL_AFTER_MS = 1_500
const OUTPUT_AFTER_EXIT_MS = 200

/**
 * Starts a server in its own process group, so that Ctrl-C at the terminal never reaches it.
 * @throws BackchannelError `spawn-failed`
 */
export async function spawnServer({ command, args, env, cwd }: ServerCommand): Promise<ServerProcess> {
  const child = spawn(command, [...args], {
    cwd,
    env: { ...env },
    detached: process.platform !== 'win32',
    windowsHide: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const ended = whenEnded(child)
  // A server that ends while it is written to: its end is told, the broken pipe adds nothing.
  child.stdin.on('error', () => {})
  child.on('error', () => {})
  await spawned(child, command, cwd)
  const pid = child.pid ?? 0
  let closing: Promise<void> | undefined
  return {
    pid,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    ended,
    close() {
      closing ??= end(child, pid, ended)
      return closing
    },
  }
}

/** After `exit` the rest of its output is waited for, but not for long: a child of its own may hold the pipe. */
function whenEnded(child: ChildProcessByStdio<Writable, Readable, Readable>): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  child.once('exit', (status, signal) => {
    const words = signal ? `was killed by ${signal}` : `exited with status ${status}`
    const limit = setTimeout(() => resolve(words), OUTPUT_AFTER_EXIT_MS)
    child.once('close', () => {
      clearTimeout(limit)
      resolve(words)
    })
  })
  return promise
}

async function spawned(child: ChildProcessByStdio<Writable, Readable, Readable>, command: string, cwd: string) {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  child.once('spawn', resolve)
  child.once('error', (error) => {
    reject(
      new BackchannelError('spawn-failed', `Starting "${command}" in ${cwd} failed: ${toError(error).message}.`, {
        hint: 'Check that the command is installed and on PATH, and that the folder exists.',
        cause: error,
      }),
    )
  })
  await promise
}

async function end(child: ChildProcessByStdio<Writable, Readable, Readable>, pid: number, ended: Promise<string>) {
  child.stdin.end()
  // Nobody reads it any more; a full pipe must not keep it from ending.
  child.stdout.resume()
  child.stderr.resume()
  const ask = setTimeout(() => signalGroup(pid, 'SIGTERM'), ASK_AFTER_MS)
  const kill = setTimeout(() => signalGroup(pid, 'SIGKILL'), KILL_AFTER_MS)
  await ended
  clearTimeout(ask)
  clearTimeout(kill)
  // Whatever it left behind in its group.
  signalGroup(pid, 'SIGKILL')
  child.stdout.destroy()
  child.stderr.destroy()
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  if (process.platform === 'win32') {
    execFile('taskkill', ['/pid', String(pid), '/t', '/f'], () => {})
    return
  }
  try {
    process.kill(-pid, signal)
  } catch {
    // The group is gone already.
  }
}
