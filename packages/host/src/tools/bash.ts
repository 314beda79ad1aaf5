/** The tool that runs a command: in a group of its own, with a bounded output and time, and without the host's secrets. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Readable } from 'node:stream'
import type { ToolOutcome } from '../agents/agent.ts'
import { baseEnvironment } from '../channels/environment.ts'
import { explainSpawn } from '../channels/spawn-problem.ts'
import { isTracked, releaseGroup, signalGroup, trackGroup } from '../processes/group.ts'
import { createOutputTail } from './output-tail.ts'
import { type BuiltInTool, invalid, type ToolContext, type ToolInput, textArgument } from './tool.ts'

/** In characters; of a longer output the end is kept. */
const MOST_OUTPUT = 30_000
const DEFAULT_TIMEOUT_MS = 120_000
const MOST_TIMEOUT_MS = 600_000
/** Asked first, then killed. */
const KILL_AFTER_MS = 500
/** A process that left the group may hold the output open. */
const OUTPUT_AFTER_EXIT_MS = 200
/** What a prompt says of a call that gives no description of its own. */
const NO_DESCRIPTION = 'Run shell command'
const LONGEST_DESCRIPTION = 200

/** The rules read commands as bash does, so bash runs them where there is one. */
const SHELLS = ['/bin/bash', '/usr/bin/bash', '/usr/local/bin/bash']

export const BASH_TOOL: BuiltInTool = {
  name: 'Bash',
  description:
    'Runs a command in a shell, in the folder of the session. It gets no input, and what it leaves in the background ends with it.',
  inputSchema: {
    type: 'object',
    properties: {
      command: { type: 'string', description: 'The command line.' },
      description: { type: 'string', description: 'What it is for, in a few words, for the person who is asked.' },
      timeout: { type: 'number', description: 'Milliseconds, 120000 if absent, 600000 at most.' },
    },
    required: ['command'],
  },
  check(input) {
    if (textArgument(input, 'command').includes('\0')) throw invalid('"command": it has a NUL character.')
    timeoutOf(input)
  },
  describeCall(input) {
    const given = typeof input['description'] === 'string' ? input['description'].replace(/\s+/g, ' ').trim() : ''
    return given === '' ? NO_DESCRIPTION : given.slice(0, LONGEST_DESCRIPTION).toWellFormed()
  },
  run: (input, context) => runCommand(textArgument(input, 'command'), timeoutOf(input), context),
}

type Child = ChildProcessByStdio<null, Readable, Readable>

async function runCommand(command: string, timeout: number, context: ToolContext): Promise<ToolOutcome> {
  const { signal } = context
  signal.throwIfAborted()
  const child = await start(command, context)
  const pid = child.pid ?? 0
  trackGroup(pid)
  const output = createOutputTail(MOST_OUTPUT)
  output.follow(child.stdout)
  output.follow(child.stderr)
  let stopped: string | undefined
  let kill: NodeJS.Timeout | undefined
  const stop = (why: string) => {
    stopped ??= why
    if (isTracked(pid)) signalGroup(pid, 'SIGTERM')
    kill ??= setTimeout(() => isTracked(pid) && signalGroup(pid, 'SIGKILL'), KILL_AFTER_MS)
  }
  const interrupt = () => stop('interrupted')
  const limit = setTimeout(() => stop(`stopped after ${timeout / 1000} s`), timeout)
  signal.addEventListener('abort', interrupt, { once: true })
  if (signal.aborted) interrupt()
  const ended = await whenEnded(child, pid)
  signal.removeEventListener('abort', interrupt)
  clearTimeout(limit)
  clearTimeout(kill)
  const text = output.text().trimEnd()
  const problem = stopped ?? ended
  if (problem === undefined) return { ok: true, text: text === '' ? '(no output)' : text }
  return { ok: false, text: text === '' ? `(${problem})` : `${text}\n(${problem})` }
}

async function start(command: string, { cwd, env, platform }: ToolContext): Promise<Child> {
  const bash = SHELLS.find((shell) => existsSync(shell))
  const [program, args] = bash
    ? [bash, ['--noprofile', '--norc', '-c', '--', command]]
    : ['/bin/sh', ['-c', '--', command]]
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  try {
    const child = spawn(program, args, {
      cwd,
      env: baseEnvironment(env, platform),
      detached: platform !== 'win32',
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.once('spawn', resolve)
    child.on('error', reject)
    await promise
    return child
  } catch (thrown) {
    throw explainSpawn(thrown, { command: program, args, env: {}, cwd })
  }
}

/** How it ended if not well. What it left in the background is killed; the rest of the output is waited for a moment. */
function whenEnded(child: Child, pid: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  child.once('exit', (status, signal) => {
    signalGroup(pid, 'SIGKILL')
    releaseGroup(pid)
    const finish = () => {
      clearTimeout(limit)
      child.stdout.destroy()
      child.stderr.destroy()
      resolve(signal ? `killed by ${signal}` : status === 0 ? undefined : `exited with status ${status}`)
    }
    const limit = setTimeout(finish, OUTPUT_AFTER_EXIT_MS)
    child.once('close', finish)
  })
  return promise
}

function timeoutOf(input: ToolInput): number {
  const value = input['timeout'] ?? DEFAULT_TIMEOUT_MS
  if (typeof value !== 'number' || !(value >= 1)) throw invalid('"timeout": expected milliseconds, 1 or more.')
  return Math.min(value, MOST_TIMEOUT_MS)
}
