/** Runs the built `backchannel` command in a project and a home of its own, and reads its stream of JSON. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { StampedEvent } from '@backchannel/host'
import { createTempDirectory, freePort, waitFor } from '@backchannel/testkit'

export const COMMAND: string = join(import.meta.dirname, '../../dist/cli/start.cjs')

export interface Project extends AsyncDisposable {
  /** The folder the session works in. */
  readonly path: string
  readonly env: Record<string, string>
  /** Of the two plugins, free when the project was made. */
  readonly ports: { readonly fakechat: number; readonly webhook: number }
  write(name: string, text: string): Promise<void>
  /** Starts a session with `--output-format stream-json`. */
  start(...args: readonly string[]): RunningSession
  /** The same in another folder, which is made where it is missing. */
  startIn(folder: string, ...args: readonly string[]): Promise<RunningSession>
  /** Runs to the end. */
  run(args: readonly string[], input?: string): Promise<{ code: number | null; stdout: string; stderr: string }>
}

export interface RunningSession {
  readonly process: ChildProcessWithoutNullStreams
  readonly events: readonly StampedEvent[]
  readonly stderr: () => string
  /** The first event of a type that came or comes, which `where` accepts. */
  event<Type extends StampedEvent['type']>(
    type: Type,
    where?: (event: Extract<StampedEvent, { type: Type }>) => boolean,
  ): Promise<Extract<StampedEvent, { type: Type }>>
  send(input: object | string): void
  /** Sends a signal and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<{ code: number | null; afterMs: number }>
  readonly ended: Promise<number | null>
}

export async function createProject(): Promise<Project> {
  const temporary = await createTempDirectory('backchannel-session-')
  const path = join(temporary.path, 'project')
  const home = join(temporary.path, 'home')
  await Promise.all([mkdir(path), mkdir(home)])
  const ports = { fakechat: await freePort(), webhook: await freePort() }
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    TMPDIR: temporary.path,
    // The command keeps its compiled code in a temporary folder: here it would be another one each time.
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(temporary.path, 'compiled'),
    FAKECHAT_PORT: String(ports.fakechat),
    WEBHOOK_PORT: String(ports.webhook),
  }
  const running = new Set<ChildProcessWithoutNullStreams>()
  const launch = (args: readonly string[], cwd = path) => {
    const child = spawn(process.execPath, [COMMAND, ...args], { cwd, env })
    running.add(child)
    child.once('exit', () => running.delete(child))
    return child
  }
  return {
    path,
    env,
    ports,
    write: (name, text) => writeFile(join(path, name), text),
    start: (...args) => follow(launch(['--output-format', 'stream-json', ...args])),
    async startIn(folder, ...args) {
      await mkdir(folder, { recursive: true })
      return follow(launch(['--output-format', 'stream-json', ...args], folder))
    },
    async run(args, input = '') {
      const child = launch(args)
      const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)]
      child.stdin.end(input)
      const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
      return { code, stdout: stdout(), stderr: stderr() }
    },
    async [Symbol.asyncDispose]() {
      for (const child of running) child.kill('SIGTERM')
      await waitFor(() => running.size === 0, { what: 'every session to end' })
      await temporary[Symbol.asyncDispose]()
    },
  }
}

function collect(stream: Readable): () => string {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString()
}

function follow(child: ChildProcessWithoutNullStreams): RunningSession {
  const events: StampedEvent[] = []
  const stderr = collect(child.stderr)
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    events.push(...lines.map((line) => JSON.parse(line) as StampedEvent))
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  return {
    process: child,
    events,
    stderr,
    event(type, where = () => true) {
      const find = () => events.find((event) => event.type === type && where(event as never))
      const seen = () => events.map((event) => JSON.stringify(event)).join('\n')
      return waitFor(find, { what: type, timeoutMs: 15_000 }).catch((error) => {
        throw new Error(`${String(error)}\n${seen()}\n${stderr()}`)
      }) as never
    },
    send: (input) => void child.stdin.write(`${typeof input === 'string' ? input : JSON.stringify(input)}\n`),
    async end(signal = 'SIGTERM') {
      const startedAt = performance.now()
      child.kill(signal)
      return { code: await ended, afterMs: performance.now() - startedAt }
    },
    ended,
  }
}
