/** The process of the channel: started in a group and with a home of its own, and gone for certain at the end. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { signalGroup } from '../processes.ts'
import { deferred } from '../wait.ts'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Milliseconds since {@link Child.markEnd} was last called; since the start if it never was. */
  readonly afterMs: number
}

export interface Child {
  readonly pid: number
  readonly streams: ChildProcessByStdio<Writable, Readable, Readable>
  readonly exit: Promise<Exit>
  readonly exited: boolean
  /** Starts the clock of {@link Exit.afterMs}: something that should end the process happens now. */
  markEnd(): void
  /** Kills what is left of the group, the process itself included. */
  killGroup(): void
}

/** Groups that still run; a test run that dies takes them along. */
const groups = new Set<number>()

/** @throws Error if the command can't be started. */
export async function spawnChild(
  command: string,
  parameters: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Child> {
  // Elsewhere `detached` makes the process the leader of a group; on Windows it would open a console.
  const detached = process.platform !== 'win32'
  const streams = spawn(command, parameters, { ...options, stdio: ['pipe', 'pipe', 'pipe'], detached })
  const started = deferred()
  streams.once('spawn', started.resolve)
  streams.on('error', (cause) =>
    started.reject(new Error(`"${command}" in ${options.cwd} could not be started: ${cause.message}`, { cause })),
  )
  await started.promise
  const pid = streams.pid as number
  let since = performance.now()
  const exit = deferred<Exit>()
  streams.once('exit', (code, signal) => exit.resolve({ code, signal, afterMs: performance.now() - since }))
  if (groups.size === 0) process.on('exit', killAll)
  groups.add(pid)
  return {
    pid,
    streams,
    exit: exit.promise,
    get exited() {
      return streams.exitCode !== null || streams.signalCode !== null
    },
    markEnd() {
      since = performance.now()
    },
    killGroup() {
      signalGroup(pid, 'SIGKILL')
      groups.delete(pid)
      if (groups.size === 0) process.off('exit', killAll)
    },
  }
}

function killAll(): void {
  for (const pid of groups) signalGroup(pid, 'SIGKILL')
}

/** What a channel gets of our environment: enough to find and run commands, nothing that identifies a person. */
const PASSED_ON = [
  ...['PATH', 'LANG', 'LC_ALL', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'ComSpec', 'PATHEXT'],
  // Where tests keep compiled sources: hundreds of processes start faster.
  'NODE_COMPILE_CACHE',
]

/** For a process that tests start themselves, with a home of its own. */
export function minimalEnvironment(home: string): Record<string, string> {
  const environment: Record<string, string> = {}
  for (const name of PASSED_ON) {
    const value = process.env[name]
    if (value !== undefined) environment[name] = value
  }
  // Tests run from inside Claude Code would else be taken for a session of it that did not name the channel.
  if (process.env['CLAUDECODE'] !== undefined) environment['BACKCHANNEL_ATTACH'] = '1'
  return { ...environment, HOME: home, USERPROFILE: home, CLAUDE_CONFIG_DIR: `${home}/.claude` }
}
