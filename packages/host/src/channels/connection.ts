/** A connected server: handshake, tools, and the notifications of the contract both ways. */
import {
  type ChannelCapabilities,
  type Feature,
  parseCapabilities,
  renderExtension,
  sharedFeatures,
} from '@backchannel/protocol'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { ToolOutcome } from '../agents/agent.ts'
import { HOST_VERSION } from '../version.ts'
import { endedEarly, explainHandshake } from './handshake-problem.ts'
import { createOperatorWord, type OperatorWord } from './operator-word.ts'
import { type ServerCommand, type ServerProcess, spawnServer } from './process.ts'
import { createServerTools, type ServerTool, type ServerTools } from './server-tools.ts'
import { StdioTransport, type TransportHandlers } from './transport.ts'

export type { ServerTool } from './server-tools.ts'

/** The features of the extension that this host speaks. */
export const HOST_FEATURES: readonly Feature[] = ['receipts', 'origin', 'questions', 'control', 'access']

/** Instructions go into every prompt of the agent; what is longer is cut. */
const INSTRUCTIONS_UNITS = 32 * 1024
/** JSON escapes can make an event of the default largest size six times as long. */
const LINE_BYTES = 8 * 1024 * 1024

export interface Connection {
  readonly capabilities: ChannelCapabilities
  readonly features: ReadonlySet<Feature>
  readonly instructions: string
  readonly revision: string
  readonly tools: readonly ServerTool[]
  /** Resolves with the reason, in words, when the process has ended. */
  readonly ended: Promise<string>
  /** Never rejects: a failure is an outcome that is not `ok`. */
  callTool(name: string, input: unknown, signal: AbortSignal): Promise<ToolOutcome>
  /** Sends a notification of the contract; dropped silently when the server is gone, since nothing waits for it. */
  notify(method: string, params: Record<string, unknown>): void
  /** Only with the feature `access`. */
  readonly operator: OperatorWord
  /** Idempotent; resolves when the process and its children are gone. */
  close(): Promise<void>
}

export interface ConnectOptions extends ServerCommand {
  readonly handlers: TransportHandlers & {
    stderr(stream: ServerProcess['stderr']): void
    /** Something of the server was passed over: a tool without a name, instructions that are too long. */
    problem(message: string): void
  }
  /** For the handshake, and for listing the tools after it, in milliseconds. */
  readonly startTimeoutMs: number
  /** The longest line that is read. Default 8 MiB. */
  readonly lineBytes?: number
  readonly signal: AbortSignal
}

/**
 * Starts a server and completes the legacy handshake.
 * @throws BackchannelError `spawn-failed`, `handshake-failed` (it ended or did not answer) or `protocol-era`. The
 *   process is gone when it throws.
 */
export async function connectServer(options: ConnectOptions): Promise<Connection> {
  const { handlers, startTimeoutMs, signal } = options
  signal.throwIfAborted()
  const server = await spawnServer(options)
  handlers.stderr(server.stderr)
  const client = new Client(
    { name: 'backchannel', version: HOST_VERSION },
    { capabilities: { experimental: renderExtension(HOST_FEATURES) } },
  )
  const tools = createServerTools({ client, listTimeoutMs: startTimeoutMs, problem: handlers.problem })
  const tooLong = () => {
    handlers.tooLong()
    tools.failCalls('The server sent a line that is longer than a session takes; the answer may have been in it.')
  }
  const transport = new StdioTransport(server, { ...handlers, tooLong }, options.lineBytes ?? LINE_BYTES)
  const abort = () => void server.close()
  signal.addEventListener('abort', abort, { once: true })
  try {
    // It may have come while the process was started.
    signal.throwIfAborted()
    const shakeHands = async () => {
      await client.connect(transport, { timeout: startTimeoutMs })
      await tools.load()
    }
    const ended = server.ended.then((how) => Promise.reject(endedEarly(how)))
    await Promise.race([shakeHands(), ended])
    signal.throwIfAborted()
    return createConnection({ client, transport, server, tools, problem: handlers.problem })
  } catch (thrown) {
    await server.close()
    throw explainHandshake(thrown, startTimeoutMs)
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

interface Parts {
  readonly client: Client
  readonly transport: StdioTransport
  readonly server: ServerProcess
  readonly tools: ServerTools
  problem(message: string): void
}

function createConnection({ client, transport, server, tools, problem }: Parts): Connection {
  const capabilities = parseCapabilities(client.getServerCapabilities()?.experimental)
  const instructions = client.getInstructions() ?? ''
  if (instructions.length > INSTRUCTIONS_UNITS) {
    problem(`its instructions have ${instructions.length} characters; the first ${INSTRUCTIONS_UNITS} are used`)
  }
  return {
    capabilities,
    features: sharedFeatures(HOST_FEATURES, capabilities.features),
    instructions: instructions.slice(0, INSTRUCTIONS_UNITS),
    revision: transport.revision ?? '',
    get tools() {
      return tools.list
    },
    ended: server.ended,
    callTool: tools.call,
    notify(method, params) {
      transport.send({ jsonrpc: '2.0', method, params }).catch(() => {})
    },
    operator: createOperatorWord(client),
    close: () => server.close(),
  }
}
