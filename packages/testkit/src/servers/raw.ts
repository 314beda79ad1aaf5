/** The few lines that the misbehaving servers share: a handshake by hand, and nothing that keeps them from misbehaving. */
import { createInterface } from 'node:readline'

export interface RawServer {
  readonly name: string
  /** Default `2025-11-25`. */
  readonly protocolVersion?: string
  /** Default: a sentence with the name. */
  readonly instructions?: string
  /** Tools without arguments, by name; what they return is the answer's text. */
  readonly tools?: Readonly<Record<string, () => string>>
  initialized?(): void
  /** After the answer to `tools/list`, with which a host's handshake ends. */
  listed?(): void
}

/** Answers a host over stdio, and ends as a process without anything to do does, when stdin ends. */
export function serveRaw(server: RawServer): void {
  const { name, protocolVersion = '2025-11-25', tools, initialized, listed } = server
  const answer = (method: string, params: { name?: string } = {}): object => {
    switch (method) {
      case 'initialize':
        return {
          protocolVersion,
          capabilities: { experimental: { 'claude/channel': {} }, ...(tools ? { tools: {} } : {}) },
          serverInfo: { name, version: '1.0.0' },
          instructions: server.instructions ?? `Events of ${name}.`,
        }
      case 'tools/list': {
        const inputSchema = { type: 'object', properties: {} }
        return {
          tools: Object.keys(tools ?? {}).map((tool) => ({ name: tool, description: `Does ${tool}.`, inputSchema })),
        }
      }
      case 'tools/call':
        return { content: [{ type: 'text', text: tools?.[params.name ?? '']?.() ?? 'unknown tool' }] }
      default:
        return {}
    }
  }
  createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method, params } = JSON.parse(line)
    if (method === 'notifications/initialized') initialized?.()
    else if (id !== undefined && method !== undefined) send({ id, result: answer(method, params) })
    if (method === 'tools/list') listed?.()
  })
  process.stderr.write(`${name}: pid ${process.pid}\n`)
}

/** Writes a JSON-RPC message; false if the pipe is full. */
export function send(message: object): boolean {
  return process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
}

export function sendEvent(params: object): boolean {
  return send({ method: 'notifications/claude/channel', params })
}
