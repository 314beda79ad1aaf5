/** A machine for one test file: a fresh home, a project, a stand-in for the API, ports, and the client with nothing else. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createTempDirectory, freePort, signalGroup } from '@backchannel/testkit'
import { type MessagesApi, startMessagesApi } from '@backchannel/testkit/messages-api'
import { clientPath } from './client.ts'
import { type Outside, startOutside } from './outside.ts'

export const MARKETPLACE: string = join(import.meta.dirname, '../../dist/marketplace')
export const PLUGINS = ['discord', 'fakechat', 'imessage', 'telegram', 'webhook'] as const

/** A command of the client takes a second; on a busy machine some more. */
const LIMIT_MS = 60_000

export interface Run {
  readonly args: readonly string[]
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunningClient {
  readonly pid: number
  readonly done: Promise<Run>
}

export interface World extends AsyncDisposable {
  readonly home: string
  /** `~/.claude/channels`, where channels keep their state. */
  readonly channels: string
  readonly env: Readonly<Record<string, string>>
  /** Of the plugins that serve a page or a way in. */
  readonly ports: Readonly<Record<'fakechat' | 'webhook', number>>
  readonly api: MessagesApi
  readonly outside: Outside
  /** Starts the client; it is killed with its group when it takes too long. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): RunningClient
  /** Runs the client to its end. @throws Error with all it said, where that is not status 0 */
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Run>
}

export async function createWorld(): Promise<World> {
  if (!existsSync(MARKETPLACE)) throw new Error(`${MARKETPLACE} is missing. Run "npm run build" first.`)
  const temporary = await createTempDirectory('backchannel-e2e-')
  const home = join(temporary.path, 'home')
  const project = join(temporary.path, 'project')
  await Promise.all([mkdir(home), mkdir(project)])
  const [api, outside] = await Promise.all([startMessagesApi(), startOutside()])
  const ports = { fakechat: await freePort(), webhook: await freePort() }
  const running = new Set<ChildProcess>()
  // The whole environment of the client: nothing of the machine it runs on.
  const env = {
    HOME: home,
    TMPDIR: temporary.path,
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    ANTHROPIC_API_KEY: api.apiKey,
    ANTHROPIC_BASE_URL: api.url,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    // Print mode waits for the servers before it asks the model, also on a busy machine.
    MCP_CONNECTION_NONBLOCKING: '0',
    MCP_TIMEOUT: '30000',
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
    HTTP_PROXY: outside.url,
    HTTPS_PROXY: outside.url,
    NO_PROXY: '127.0.0.1,localhost',
    FAKECHAT_PORT: String(ports.fakechat),
    WEBHOOK_PORT: String(ports.webhook),
  }

  const start: World['start'] = (args, more = {}) => {
    const options = { cwd: project, env: { ...env, ...more }, detached: true } as const
    const child = spawn(clientPath(), args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    running.add(child)
    const timer = setTimeout(() => signalGroup(child.pid ?? 0, 'SIGKILL'), LIMIT_MS)
    const finish = async (): Promise<Run> => {
      const [stdout, stderr, [status]] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'close') as Promise<[number | null]>,
      ])
      clearTimeout(timer)
      running.delete(child)
      return { args, status, stdout, stderr }
    }
    return { pid: child.pid ?? 0, done: finish() }
  }

  return {
    home,
    channels: join(home, '.claude/channels'),
    env,
    ports,
    api,
    outside,
    start,
    async run(args, more) {
      const run = await start(args, more).done
      if (run.status !== 0) throw new Error(`${describe(run)}\nThe API saw ${JSON.stringify(api.calls)}`)
      return run
    },
    async [Symbol.asyncDispose]() {
      for (const { pid } of running) if (pid !== undefined) signalGroup(pid, 'SIGKILL')
      await Promise.all([api.close(), outside[Symbol.asyncDispose]()])
      await temporary.remove()
    },
  }
}

/** Adds our marketplace and installs all its plugins, as a person does. */
export async function install({ run }: World): Promise<void> {
  await run(['plugin', 'marketplace', 'add', MARKETPLACE])
  for (const name of PLUGINS) await run(['plugin', 'install', `${name}@backchannel`])
}

export function describe({ args, status, stdout, stderr }: Run): string {
  const ending = status === null ? `was killed, or took more than ${LIMIT_MS} ms` : `ended with status ${status}`
  return `claude ${args.join(' ')} ${ending}\nstdout:\n${stdout}\nstderr:\n${stderr}`
}
