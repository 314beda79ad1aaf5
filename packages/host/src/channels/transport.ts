/**
 * MCP over a server's stdio. Events and the other notifications of the contract go straight to their handler, in
 * order; everything else goes to the SDK's client. Whatever is not a JSON-RPC object is counted, never fatal.
 */
import { createLineSplitter, EXTENSION_METHODS, isRecord, METHODS } from '@backchannel/protocol'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import type { ServerProcess } from './process.ts'

/** JSON escapes can make an event of the largest size six times as long. */
const LINE_BYTES = 8 * 1024 * 1024

export interface TransportHandlers {
  /** A notification of the channel contract or its extension. */
  contract(method: string, params: unknown): void
  /** A line that is no JSON-RPC message: `sample` is its start. */
  garbage(sample: string): void
  /** A line over the limit was skipped. */
  tooLong(): void
}

const CONTRACT_METHODS: ReadonlySet<string> = new Set([...Object.values(METHODS), ...Object.values(EXTENSION_METHODS)])

export class StdioTransport implements Transport {
  onclose?: () => void
  onerror?: (error: Error) => void
  onmessage?: <T extends JSONRPCMessage>(message: T) => void
  /** The revision of the handshake; set by the SDK's client. */
  revision: string | undefined
  readonly #process: ServerProcess
  readonly #handlers: TransportHandlers

  constructor(process: ServerProcess, handlers: TransportHandlers) {
    this.#process = process
    this.#handlers = handlers
  }

  async start(): Promise<void> {
    const splitter = createLineSplitter(LINE_BYTES, {
      line: (text) => this.#take(text),
      tooLong: () => this.#handlers.tooLong(),
    })
    this.#process.stdout.on('data', (chunk: Buffer) => splitter.push(chunk))
    void this.#process.ended.then(() => this.onclose?.())
  }

  setProtocolVersion(version: string): void {
    this.revision = version
  }

  /** Resolves when the line is in the pipe; a server that does not read is the connection's matter (time limits). */
  async send(message: JSONRPCMessage): Promise<void> {
    if (!this.#process.stdin.writable) throw new Error('the server has closed its input')
    this.#process.stdin.write(`${JSON.stringify(message)}\n`)
  }

  close(): Promise<void> {
    return this.#process.close()
  }

  #take(text: string): void {
    const message = parseObject(text)
    if (message?.['jsonrpc'] !== '2.0') {
      this.#handlers.garbage(text.slice(0, 80))
    } else if (isContractNotification(message)) {
      this.#handlers.contract(String(message['method']), message['params'])
    } else {
      this.onmessage?.(message as JSONRPCMessage)
    }
  }
}

function isContractNotification(message: Record<string, unknown>): boolean {
  return message['id'] === undefined && CONTRACT_METHODS.has(String(message['method']))
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
