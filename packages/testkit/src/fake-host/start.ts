/**
 * A host that drives any channel command over stdio. It shares no code with our own host and kit, so that what those
 * two agree on between themselves is still checked against the contract as it is written.
 */
import { createTempDirectory } from '../temp.ts'
import { DEADLINE_MS, type WaitOptions, withDeadline } from '../wait.ts'
import { type Child, minimalEnvironment, spawnChild } from './child.ts'
import { isObject } from './messages.ts'
import { collectStderr } from './stderr.ts'
import type {
  FakeHost,
  FakeHostOptions,
  InitializeResult,
  ListedTool,
  RegistrationNotice,
  ToolResult,
} from './types.ts'
import { createWire } from './wire.ts'

/** How long a channel may take to end by itself in {@link FakeHost.close} before its group is killed. */
const CLOSE_GRACE_MS = 1_000

/**
 * Starts a channel and, unless told otherwise, completes the handshake with it.
 * @throws Error if the command can't be started or ends during the handshake, DeadlineError if it never answers; the
 *   process is gone then.
 */
export async function startFakeHost(options: FakeHostOptions): Promise<FakeHost> {
  if (options.handshake === false && options.register) {
    throw new TypeError('startFakeHost: "register" comes after the handshake; with handshake: false call register().')
  }
  const home = await createTempDirectory('backchannel-home-')
  let host: FakeHost | undefined
  try {
    const environment = layEnvironment(minimalEnvironment(home.path), options.env ?? {})
    const cwd = options.cwd ?? home.path
    const child = await spawnChild(options.command, options.args ?? [], { cwd, env: environment })
    host = attach(child, options, environment, home)
    if (options.handshake === false) return host
    await host.initialize()
    host.initialized()
    notice(host, options.register ?? false)
    return host
  } catch (thrown) {
    await (host ? host.close() : home.remove())
    throw thrown
  }
}

function layEnvironment(base: Record<string, string>, over: NonNullable<FakeHostOptions['env']>) {
  const entries = Object.entries({ ...base, ...over })
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

function notice(host: FakeHost, register: boolean | RegistrationNotice): void {
  if (register === false) return
  const { state, reason, source } = register === true ? ({ state: 'registered' } as RegistrationNotice) : register
  if (state === 'registered') host.register(source)
  else host.refuse(reason ?? 'not-opted-in', source)
}

function attach(
  child: Child,
  options: FakeHostOptions,
  environment: Record<string, string>,
  home: { readonly path: string; remove(): Promise<void> },
): FakeHost {
  const { stdin, stdout } = child.streams
  const stderr = collectStderr(child.streams.stderr)
  const wire = createWire({ stdin, stdout }, () => stderr.lastLines())
  const within = (given: WaitOptions = {}) => ({ timeoutMs: options.timeoutMs ?? DEADLINE_MS, ...given })
  let result: InitializeResult | undefined
  let closing: Promise<void> | undefined

  const initializeResult = (): InitializeResult => {
    if (result === undefined) throw new Error('The channel has not answered initialize yet.')
    return result
  }
  const registration = (state: string, reason: string | undefined, source = initializeResult().serverInfo.name) =>
    wire.notify('notifications/backchannel/registration', { state, ...(reason ? { reason } : {}), source })

  // `close`, not `exit`: what the process wrote last is read by then.
  child.streams.once('close', (code: number | null, signal: string | null) => {
    const reason = new Error(
      `The channel ended (${signal === null ? `status ${code}` : signal}); nothing more comes.\n${stderr.lastLines()}`,
    )
    stderr.end(reason)
    wire.end(reason)
  })
  const end = async () => {
    if (stdin.writable) stdin.end()
    stdout.resume()
    const timer = setTimeout(() => child.killGroup(), CLOSE_GRACE_MS)
    await child.exit
    clearTimeout(timer)
    child.killGroup()
    stdout.destroy()
    child.streams.stderr.destroy()
    await home.remove()
  }
  const close = () => {
    closing ??= end()
    return closing
  }

  return {
    pid: child.pid,
    environment,
    home: home.path,
    get initializeResult() {
      return initializeResult()
    },
    get serverCapabilities() {
      return initializeResult().capabilities
    },
    get instructions() {
      return initializeResult().instructions
    },
    async initialize({ protocolVersion = options.protocolVersion ?? '2025-11-25' } = {}) {
      const params = {
        protocolVersion,
        capabilities: options.capabilities ?? {},
        clientInfo: { name: options.clientName ?? 'fake-host', version: '1.0.0' },
      }
      result = readInitializeResult(await wire.request('initialize', params, within()))
      return result
    },
    initialized: () => wire.notify('notifications/initialized'),

    events: wire.events.items,
    nextEvent: (matches, given) => wire.events.next(matches, { ...within(given), what: 'an event' }),
    notifications: wire.notifications.items,
    nextNotification: (method, given) =>
      wire.notifications.next((one) => one.method === method, { ...within(given), what: `a ${method}` }),
    requests: wire.requests,

    async listTools() {
      const listed = await wire.request('tools/list', {}, within())
      if (!isObject(listed) || !Array.isArray(listed['tools'])) throw unexpected('tools/list', listed)
      return listed['tools'] as ListedTool[]
    },
    async callTool(name, input = {}, given = {}) {
      const called = await wire.request('tools/call', { name, arguments: input }, within(given))
      if (!isObject(called) || !Array.isArray(called['content'])) throw unexpected('tools/call', called)
      return called as unknown as ToolResult
    },
    request: (method, params, given) => wire.request(method, params, within(given)),
    notify: wire.notify,
    nextUnaskedAnswer: (given) =>
      wire.unaskedAnswers.next(undefined, { ...within(given), what: 'an answer that belongs to no request' }),
    writeRaw: wire.write,

    register: (source) => registration('registered', undefined, source),
    refuse: (reason, source) => registration('refused', reason, source),
    receipt: (eventId, state, reason) =>
      wire.notify('notifications/backchannel/receipt', { event_id: eventId, state, ...(reason ? { reason } : {}) }),

    stdoutLines: wire.lines,
    strayLines: wire.strayLines,
    get stderr() {
      return stderr.text
    },
    waitForStderr: (pattern, given) => stderr.waitFor(pattern, within(given)),

    pauseReading: () => void stdout.pause(),
    resumeReading: () => void stdout.resume(),
    endInput() {
      child.markEnd()
      stdin.end()
    },
    closeOutput() {
      child.markEnd()
      stdout.destroy()
    },
    kill(signal = 'SIGTERM') {
      child.markEnd()
      child.streams.kill(signal)
    },
    exit: child.exit,
    waitForExit: (given) =>
      withDeadline(child.exit, { ...within(given), what: 'the channel to end', seen: () => stderr.lastLines() }),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function readInitializeResult(result: unknown): InitializeResult {
  const { protocolVersion, capabilities, serverInfo, instructions } = isObject(result) ? result : {}
  if (typeof protocolVersion !== 'string' || !isObject(capabilities) || !isObject(serverInfo)) {
    throw unexpected('initialize', result)
  }
  if (instructions !== undefined && typeof instructions !== 'string') throw unexpected('initialize', result)
  return result as InitializeResult
}

function unexpected(method: string, result: unknown): Error {
  return new Error(`${method} was answered with a result of the wrong shape: ${JSON.stringify(result)?.slice(0, 500)}`)
}
