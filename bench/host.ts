/**
 * The smallest host that drives a channel: it answers what a host must, hands over each event with the time it was
 * read, and keeps nothing, so that what is measured is the channel.
 */
import { type ChildProcess, spawn } from 'node:child_process'

export interface HostOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly cwd: string
  /** The name the session gives the channel, where the host gives receipts (contract 8); undefined for a stock host. */
  readonly receipts: string | undefined
}

/** All times are those of `performance.now()`, in milliseconds. */
export interface Host {
  readonly pid: number
  /** Just before the process was spawned. */
  readonly spawnedAt: number
  /** Resolves with the time at which the answer was read. */
  initialize(): Promise<number>
  /** Completes the handshake; a host with receipts tells the channel that it is registered. */
  register(): void
  /** One listener; it replaces the one before. */
  onEvent(listener: (content: string, at: number) => void): void
  endInput(): void
  /** Resolves with the time at which the process was gone. */
  readonly exited: Promise<number>
  /** Whatever it wrote to stderr last. */
  readonly stderr: string
  /** Kills it; resolves when it is gone. */
  kill(): Promise<void>
}

interface Message {
  readonly id?: number | string
  readonly method?: string
  readonly params?: { readonly content?: unknown; readonly event_id?: unknown }
  readonly error?: { readonly message?: unknown }
}

const INITIALIZE_LIMIT_MS = 10_000

const running = new Set<ChildProcess>()

/** A bench that is stopped takes what it started along. */
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export function startHost({ command, args, environment, cwd, receipts }: HostOptions): Host {
  const spawnedAt = performance.now()
  const child = spawn(command, args, { cwd, env: environment, stdio: ['pipe', 'pipe', 'pipe'] })
  running.add(child)
  const exited = Promise.withResolvers<number>()
  const initialized = Promise.withResolvers<number>()
  initialized.promise.catch(() => {})
  let listener: (content: string, at: number) => void = () => {}
  let stderr = ''
  let partial = ''
  let answers = ''

  const failed = (why: string) => initialized.reject(new Error(`${args.join(' ')} ${why}.\n${stderr}`))
  const limit = setTimeout(() => failed('did not answer initialize'), INITIALIZE_LIMIT_MS)
  const gone = (why: string) => {
    clearTimeout(limit)
    running.delete(child)
    exited.resolve(performance.now())
    failed(`${why} before it answered initialize`)
  }
  child.on('exit', (code, signal) => gone(`ended (${signal ?? `status ${code}`})`))
  child.on('error', (error) => gone(`could not be started (${error.message})`))
  child.stdin.on('error', () => {})
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4000)
  })

  const take = (line: string): void => {
    const message = JSON.parse(line) as Message
    if (message.method === 'notifications/claude/channel') {
      listener(String(message.params?.content), performance.now())
      if (receipts !== undefined) answers += renderReceipts(message.params?.event_id)
    } else if (message.method === 'ping') {
      answers += `{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":{}}\n`
    } else if (message.id === 1) {
      if (message.error) initialized.reject(new Error(`initialize was refused: ${String(message.error.message)}`))
      else initialized.resolve(performance.now())
    }
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (partial + text).split('\n')
    partial = lines.pop() ?? ''
    for (const line of lines) take(line)
    // What a chunk asks for is answered in one write, as a host under load does.
    if (answers === '') return
    child.stdin.write(answers)
    answers = ''
  })
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)

  return {
    pid: child.pid ?? 0,
    spawnedAt,
    initialize() {
      const experimental =
        receipts !== undefined ? { 'backchannel/channel': { version: 1, features: ['receipts'] } } : {}
      const params = {
        protocolVersion: '2025-11-25',
        capabilities: { experimental },
        clientInfo: { name: 'bench', version: '1.0.0' },
      }
      send({ id: 1, method: 'initialize', params })
      return initialized.promise
    },
    register() {
      send({ method: 'notifications/initialized' })
      if (receipts === undefined) return
      send({ method: 'notifications/backchannel/registration', params: { state: 'registered', source: receipts } })
    },
    onEvent(next) {
      listener = next
    },
    endInput: () => void child.stdin.end(),
    exited: exited.promise,
    get stderr() {
      return stderr
    },
    async kill() {
      child.kill('SIGKILL')
      await exited.promise
    },
  }
}

/** All that a host of ours tells of an event, as if its turns took no time. */
function renderReceipts(eventId: unknown): string {
  const id = JSON.stringify(eventId)
  const receipt = (state: string) =>
    `{"jsonrpc":"2.0","method":"notifications/backchannel/receipt","params":{"event_id":${id},"state":"${state}"}}\n`
  return receipt('queued') + receipt('started') + receipt('completed')
}
