/** A session of the command, over stream-json: what it told, what it is sent, and who writes to its channel. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { isObject } from '../fake-host/messages.ts'
import { waitFor } from '../wait.ts'
import type { AgentWorld } from './descriptor.ts'

export interface Told {
  readonly type: string
  readonly [field: string]: unknown
}

export interface ContractSession {
  readonly pid: number
  readonly told: readonly Told[]
  /** How many lines there are: for {@link next}. */
  mark(): number
  /** The first event of this type after `from` that `where` accepts; waits for it. */
  next(type: string, from: number, where?: (event: Told) => boolean): Promise<Told>
  send(input: object): void
  /** Writes to the agent as a person at the page does. */
  say(text: string): Promise<void>
  /** Ends it, and waits. */
  end(): Promise<number | null>
}

const FLAGS = ['--output-format', 'stream-json', '--input-format', 'stream-json']
/** An agent with a process takes a second to start, on a busy machine several. */
const WAIT_MS = 30_000

export async function startSession(world: AgentWorld): Promise<ContractSession> {
  const child = spawn(world.command, [...world.args, ...FLAGS], { cwd: world.cwd, env: world.env })
  const told: Told[] = []
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  readLines(child, (line) => told.push(line))
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  // Once everything it has written was read.
  const isOver = () => child.stdout.readableEnded && child.exitCode !== null
  const next: ContractSession['next'] = async (type, from, where = () => true) => {
    const find = () => told.slice(from).find((event) => event.type === type && where(event))
    try {
      const found = await waitFor(() => find() ?? (isOver() ? 'over' : undefined), { what: type, timeoutMs: WAIT_MS })
      if (found === 'over') throw new Error(`The session has ended before ${type}.`)
      return found
    } catch (thrown) {
      const seen = told
        .slice(from)
        .map((event) => JSON.stringify(event))
        .join('\n')
      throw new Error(`${String(thrown)}\n${seen}\n${errors}`, { cause: thrown })
    }
  }
  const session: ContractSession = {
    pid: child.pid ?? 0,
    told,
    mark: () => told.length,
    next,
    send: (input) => void child.stdin.write(`${JSON.stringify(input)}\n`),
    async say(text) {
      const body = new FormData()
      body.set('id', `u${randomBytes(6).toString('hex')}`)
      body.set('text', text)
      const response = await fetch(`http://127.0.0.1:${world.fakechatPort}/upload`, { method: 'POST', body })
      if (!response.ok) throw new Error(`fakechat answered ${response.status}: ${await response.text()}`)
    },
    async end() {
      child.kill('SIGTERM')
      return await ended
    },
  }
  // Its page is there a moment after it was registered.
  await next('notice', 0, ({ message }) => /^fakechat: .*http:/.test(String(message)))
  return session
}

function readLines(child: ChildProcessWithoutNullStreams, take: (line: Told) => void): void {
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const value: unknown = JSON.parse(line)
      if (isObject(value) && typeof value['type'] === 'string') take(value as unknown as Told)
    }
  })
}
