/** A server's process: started in a group of its own, and gone for certain when it is closed, its children included. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { isTracked, releaseGroup, signalGroup, trackGroup } from '../processes/group.ts'
import { explainSpawn } from './spawn-problem.ts'

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
  /**
   * Resolves when the process has ended, its output has been read and its children are killed, with words for people:
   * `exited with status 3`, `was killed by SIGKILL`.
   */
  readonly ended: Promise<string>
  /** Closes stdin, then asks, then kills the whole group; resolves when it is gone. Idempotent. */
  close(): Promise<void>
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>

/** A channel ends within a second of stdin closing; then it is asked, then killed. Together under two seconds. */
const ASK_AFTER_MS = 1_100
const KILL_AFTER_MS = 1_500
const OUTPUT_AFTER_EXIT_MS = 200

/**
 * Starts a server in its own process group, so that Ctrl-C at the terminal never reaches it.
 * @throws BackchannelError `spawn-failed`
 */
export async function spawnServer(server: ServerCommand): Promise<ServerProcess> {
  const child = await start(server)
  const pid = child.pid ?? 0
  trackGroup(pid)
  const ended = whenEnded(child, pid)
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

async function start(server: ServerCommand): Promise<Child> {
  const { command, args, env, cwd } = server
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  try {
    const child = spawn(command, [...runtimeOptions(command), ...args], {
      cwd,
      env: { ...env },
      detached: process.platform !== 'win32',
      windowsHide: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    // A server that ends while it is written to: its end is told, the broken pipe adds nothing.
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => {})
    child.once('spawn', resolve)
    child.on('error', reject)
    await promise
    return child
  } catch (thrown) {
    throw explainSpawn(thrown, server)
  }
}

/**
 * The runtime that runs us knows the option: without it, until the server's own code runs, any program of this user could make
 * Node listen for a debugger and answer in an approver's place.
 */
function runtimeOptions(command: string): readonly string[] {
  const isOurs = command === process.execPath && process.versions['bun'] === undefined
  return isOurs && process.platform !== 'win32' ? ['--disable-sigusr1'] : []
}

/** After `exit` the rest of its output is waited for, but not for long: a child outside its group may hold the pipe. */
function whenEnded(child: Child, pid: number): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  child.once('exit', (status, signal) => {
    // At once: later the number could be another group's.
    signalGroup(pid, 'SIGKILL')
    releaseGroup(pid)
    const finish = () => {
      clearTimeout(limit)
      child.stdout.destroy()
      child.stderr.destroy()
      resolve(signal ? `was killed by ${signal}` : `exited with status ${status}`)
    }
    const limit = setTimeout(finish, OUTPUT_AFTER_EXIT_MS)
    child.once('close', finish)
  })
  return promise
}

async function end(child: Child, pid: number, ended: Promise<string>): Promise<void> {
  child.stdin.end()
  // Nobody may read it any more; a full pipe must not keep it from ending.
  child.stdout.resume()
  child.stderr.resume()
  const ask = setTimeout(() => signalRunning(pid, 'SIGTERM'), ASK_AFTER_MS)
  const kill = setTimeout(() => signalRunning(pid, 'SIGKILL'), KILL_AFTER_MS)
  await ended
  clearTimeout(ask)
  clearTimeout(kill)
}

function signalRunning(pid: number, signal: NodeJS.Signals): void {
  if (isTracked(pid)) signalGroup(pid, signal)
}
