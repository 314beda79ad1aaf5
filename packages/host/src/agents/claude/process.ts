/** The process of Claude Code: in a group of its own, and gone with everything that it started. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { createMark, killMarked } from '../../processes/descendants.ts'
import { isTracked, releaseGroup, signalGroup, trackGroup } from '../../processes/group.ts'

export interface ClaudeCommand {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface ClaudeProcess {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>
  /** Resolves with how it ended, in words, once nothing that it started runs any more. Never rejects. */
  readonly ended: Promise<string>
  /** The last lines of its stderr. */
  lastWords(): string
  /** Asks it to end, and kills it where it does not. Resolves as {@link ended} does. Idempotent. */
  end(): Promise<void>
}

/** Between being asked and being killed. */
const PATIENCE_MS = 900
const WORDS_UNITS = 2_000

/** An error of the start is one of `child`, and an end too. */
export function startClaudeProcess({ command, args, cwd, env }: ClaudeCommand): ClaudeProcess {
  const mark = createMark()
  const child = spawn(command, [...args], {
    cwd,
    env: { ...env, [mark.name]: mark.value },
    detached: process.platform !== 'win32',
    windowsHide: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const pid = child.pid
  if (pid !== undefined) trackGroup(pid)
  let words = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = `${words}${text}`.slice(-WORDS_UNITS)
  })
  // What is written after its end is lost, and that is told by its end.
  child.stdin.on('error', () => {})

  const watch = async (): Promise<string> => {
    const how = await new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(`could not be started: ${error.message}`))
      child.once('exit', (status, signal) =>
        resolve(signal ? `was killed by ${signal}` : `ended with status ${status}`),
      )
    })
    if (pid !== undefined) {
      signalGroup(pid, 'SIGKILL')
      releaseGroup(pid)
    }
    await killMarked(mark)
    return how
  }
  const ended = watch()
  return {
    child,
    ended,
    lastWords: () => words.trim(),
    async end() {
      if (pid !== undefined && isTracked(pid)) {
        signalGroup(pid, 'SIGTERM')
        const patience = new AbortController()
        const tooLong = sleep(PATIENCE_MS, true, { signal: patience.signal }).catch(() => false)
        const isLate = await Promise.race([tooLong, once(child, 'exit').then(() => false)])
        patience.abort()
        if (isLate && isTracked(pid)) signalGroup(pid, 'SIGKILL')
      }
      await ended
    },
  }
}
