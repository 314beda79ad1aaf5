/** MCP over a connected socket, one message a line; what is no message is passed over. */
import type { Socket } from 'node:net'
import { createLineSplitter } from '@backchannel/protocol'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'

/** Of one line: a tool call with a large text, and room. */
const LINE_BYTES = 16 * 1024 * 1024

export class SocketTransport implements Transport {
  onclose?: () => void
  onerror?: (error: Error) => void
  onmessage?: <T extends JSONRPCMessage>(message: T) => void
  readonly #socket: Socket

  /** @param socket paused; it is read from {@link start} on */
  constructor(socket: Socket) {
    this.#socket = socket
  }

  async start(): Promise<void> {
    const splitter = createLineSplitter(LINE_BYTES, { line: (text) => this.#take(text), tooLong: () => {} })
    this.#socket.on('data', (chunk: Buffer) => splitter.push(chunk))
    this.#socket.once('close', () => this.onclose?.())
    this.#socket.resume()
  }

  async send(message: JSONRPCMessage): Promise<void> {
    this.#socket.write(`${JSON.stringify(message)}\n`)
  }

  async close(): Promise<void> {
    this.#socket.destroy()
  }

  #take(text: string): void {
    try {
      const message: unknown = JSON.parse(text)
      this.onmessage?.(message as JSONRPCMessage)
    } catch (thrown) {
      this.onerror?.(thrown as Error)
    }
  }
}
