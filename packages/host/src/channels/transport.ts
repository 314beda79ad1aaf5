/**
 * MCP over a server's stdio. Events and the other notifications of the contract go straight to their handler, in
 * order; everything else goes to the SDK's client. Whatever is not a JSON-RPC message is counted, never fatal.
 */
import { createLineSplitter, EXTENSION_METHODS, isRecord, METHODS } from '@backchannel/protocol'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import type { ServerProcess } from './process.ts'

/** Of what we send, the most that may lie unread: a server that never reads costs bounded memory. */
export const UNREAD_BYTES: number = 16 * 1024 * 1024

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
  readonly #lineBytes: number

  /** @param lineBytes the longest line that is read */
  constructor(process: ServerProcess, handlers: TransportHandlers, lineBytes: number) {
    this.#process = process
    this.#handlers = handlers
    this.#lineBytes = lineBytes
  }

  async start(): Promise<void> {
    const splitter = createLineSplitter(this.#lineBytes, {
      line: (text) => this.#take(text),
      tooLong: () => this.#handlers.tooLong(),
    })
    this.#process.stdout.on('data', (chunk: Buffer) => splitter.push(chunk))
    this.#process.stdout.on('end', () => {
      splitter.end()
      // Who has closed its output can answer nothing any more.
      void this.#process.close()
    })
    void this.#process.ended.then(() => this.onclose?.())
  }

  setProtocolVersion(version: string): void {
    this.revision = version
  }

  /** Resolves when the line is on its way. Rejects when the server has closed its input or does not read it. */
  async send(message: JSONRPCMessage): Promise<void> {
    const { stdin } = this.#process
    if (!stdin.writable) throw new Error('The server has closed its input.')
    if (stdin.writableLength > UNREAD_BYTES) throw new Error('The server does not read its input.')
    stdin.write(`${JSON.stringify(message)}\n`)
  }

  close(): Promise<void> {
    return this.#process.close()
  }

  #take(text: string): void {
    const message = parseMessage(text)
    if (message === undefined) this.#handlers.garbage(text.slice(0, 80))
    else if (isContractNotification(message)) this.#handlers.contract(String(message['method']), message['params'])
    else this.#pass(message, text)
  }

  /** The SDK repeats what it does not expect in an error of its own, which fails on values nested very deep. */
  #pass(message: Record<string, unknown>, text: string): void {
    try {
      this.onmessage?.(message as JSONRPCMessage)
    } catch {
      this.#handlers.garbage(text.slice(0, 80))
    }
  }
}

function isContractNotification(message: Record<string, unknown>): boolean {
  return message['id'] === undefined && CONTRACT_METHODS.has(String(message['method']))
}

/** A request, a notification or a response; anything else is no message. */
function parseMessage(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (!isRecord(value) || value['jsonrpc'] !== '2.0') return undefined
    const { id, method, result, error } = value
    const isId = typeof id === 'string' || typeof id === 'number'
    if (typeof method === 'string') return isId || id === undefined ? value : undefined
    return isId && (isRecord(result) || isRecord(error)) ? value : undefined
  } catch {
    return undefined
  }
}
