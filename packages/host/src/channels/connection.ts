/** A connected server: handshake, tools, and the notifications of the contract both ways. */
import {
  BackchannelError,
  type ChannelCapabilities,
  type Feature,
  isRecord,
  parseCapabilities,
  renderExtension,
  sharedFeatures,
  toError,
} from '@backchannel/protocol'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { HOST_VERSION } from '../version.ts'
import { type ServerCommand, type ServerProcess, spawnServer } from './process.ts'
import { StdioTransport, type TransportHandlers } from './transport.ts'

/** The features of the extension that this host speaks. */
export const HOST_FEATURES: readonly Feature[] = ['receipts']

/** A tool call may take long: an approval by phone, an upload. Cancelled with the turn. */
const TOOL_LIMIT_MS = 24 * 60 * 60 * 1000
/** Pages of `tools/list`; a server that goes on for ever is cut off. */
const MOST_PAGES = 50

export interface ServerTool {
  readonly name: string
  readonly description: string
  readonly inputSchema: Readonly<Record<string, unknown>>
}

export interface ToolOutcome {
  readonly ok: boolean
  readonly text: string
}

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
  close(): Promise<void>
}

export interface ConnectOptions extends ServerCommand {
  readonly handlers: TransportHandlers & {
    stderr(stream: ServerProcess['stderr']): void
  }
  /** For the handshake, in milliseconds. */
  readonly startTimeoutMs: number
  readonly signal: AbortSignal
}

/**
 * Starts a server and completes the legacy handshake.
 * @throws BackchannelError `spawn-failed`, `handshake-failed` (it ended or did not answer) or `protocol-era`. The
 *   process is gone when it throws.
 */
export async function connectServer(options: ConnectOptions): Promise<Connection> {
  options.signal.throwIfAborted()
  const server = await spawnServer(options)
  options.handlers.stderr(server.stderr)
  const transport = new StdioTransport(server, options.handlers)
  const client = new Client(
    { name: 'backchannel', version: HOST_VERSION },
    { capabilities: { experimental: renderExtension(HOST_FEATURES) } },
  )
  const abort = () => void server.close()
  options.signal.addEventListener('abort', abort, { once: true })
  try {
    const ended = server.ended.then((how) => Promise.reject(failed(`it ${how} before the handshake was complete`)))
    const handshake = client.connect(transport, { timeout: options.startTimeoutMs })
    await Promise.race([handshake, ended])
    ended.catch(() => {})
    const tools = await listTools(client, options.startTimeoutMs)
    return createConnection(client, transport, server, tools)
  } catch (thrown) {
    await server.close()
    throw explain(thrown, options.startTimeoutMs)
  } finally {
    options.signal.removeEventListener('abort', abort)
  }
}

function createConnection(
  client: Client,
  transport: StdioTransport,
  server: ServerProcess,
  firstTools: readonly ServerTool[],
): Connection {
  const declared = client.getServerCapabilities()
  const capabilities = parseCapabilities(declared?.experimental)
  let tools = firstTools
  client.setNotificationHandler(ToolListChangedNotificationSchema, async () => {
    tools = await listTools(client, TOOL_LIMIT_MS)
  })
  return {
    capabilities,
    features: sharedFeatures(HOST_FEATURES, capabilities.features),
    instructions: client.getInstructions() ?? '',
    revision: transport.revision ?? '',
    get tools() {
      return tools
    },
    ended: server.ended,
    async callTool(name, input, signal) {
      try {
        const params = { name, arguments: isRecord(input) ? input : {} }
        const result = await client.callTool(params, undefined, { signal, timeout: TOOL_LIMIT_MS })
        return { ok: result.isError !== true, text: readText(result.content) }
      } catch (thrown) {
        return { ok: false, text: toError(thrown).message }
      }
    },
    notify(method, params) {
      transport.send({ jsonrpc: '2.0', method, params }).catch(() => {})
    },
    close: () => server.close(),
  }
}

async function listTools(client: Client, timeout: number): Promise<readonly ServerTool[]> {
  if (!client.getServerCapabilities()?.tools) return []
  const found: ServerTool[] = []
  let cursor: string | undefined
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const result = await client.listTools(cursor === undefined ? {} : { cursor }, { timeout })
    for (const { name, description, inputSchema } of result.tools) {
      found.push({ name, description: description ?? '', inputSchema })
    }
    cursor = result.nextCursor
    if (cursor === undefined) break
  }
  return found
}

function readText(content: unknown): string {
  const blocks = Array.isArray(content) ? content : []
  return blocks
    .map((block) =>
      isRecord(block) && typeof block['text'] === 'string' ? block['text'] : `(${block?.type ?? 'block'})`,
    )
    .join('\n')
}

function explain(thrown: unknown, timeoutMs: number): BackchannelError {
  if (BackchannelError.is(thrown)) return thrown
  const { message } = toError(thrown)
  const era = /protocol version is not supported: (.*)$/.exec(message)
  if (era) {
    return new BackchannelError(
      'protocol-era',
      `The server answered with MCP revision ${era[1]}, which cannot carry events.`,
      {
        hint: 'A channel server takes part in the legacy handshake only, revisions up to 2025-11-25.',
        cause: thrown,
      },
    )
  }
  const timedOut = /timed out/i.test(message)
  return failed(timedOut ? `it did not answer "initialize" within ${timeoutMs / 1000} s` : message, thrown)
}

function failed(what: string, cause?: unknown): BackchannelError {
  return new BackchannelError('handshake-failed', `The server started, but ${what}.`, {
    hint: 'Run its command by hand to see what it prints; stdout may carry nothing but JSON-RPC.',
    cause,
  })
}
