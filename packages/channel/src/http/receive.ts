/** The shortest way in over HTTP: each POST from a program on this machine becomes one call. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { BackchannelError, renderError } from '@backchannel/protocol'
import { readBody } from './body.ts'
import { refuseForeign } from './guard.ts'
import { listenOnLoopback } from './loopback.ts'
import { parsePort } from './port.ts'
import { sendText } from './respond.ts'

export interface ReceiveOptions {
  /** The port where the environment names none. */
  readonly port: number
  /** The variable of the environment that names another; `0` in it takes any free port. */
  readonly variable: string
  /** The longest body, in bytes; default 65,536. */
  readonly limit?: number
  /** Aborts when the session ends; the server ends with it. */
  readonly signal: AbortSignal
}

export interface ReceivedRequest {
  /** With its query string: `/ci?job=1`. */
  readonly path: string
  readonly body: string
}

const BODY_LIMIT = 64 * 1024
const REQUEST_LIMIT_MS = 30_000
const CONNECTIONS = 256

/**
 * Listens on loopback and calls `take` with every POST. Answers 202 once that has resolved; 503 with the message of
 * what it throws, or 413 for an event that is too large; 405 for other methods. Web pages of other sites are refused.
 *
 * @returns where it listens: `http://localhost:8790`.
 * @throws BackchannelError `port-invalid`, `port-in-use` or `listen-failed`
 */
export async function receiveRequests(
  options: ReceiveOptions,
  take: (request: ReceivedRequest) => Promise<unknown>,
): Promise<string> {
  const { variable, signal, limit = BODY_LIMIT } = options
  const port = parsePort(process.env[variable], options.port, variable)
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const refusal = refuseForeign(request)
    if (refusal) return sendText(response, refusal.status, `${refusal.reason}\n`)
    if (request.method !== 'POST')
      return sendText(response, 405, 'POST what the agent should read.\n', { allow: 'POST' })
    try {
      const body = await readBody(request, { limit, signal })
      await take({ path: request.url ?? '/', body: body.toString('utf8') })
      sendText(response, 202, 'accepted\n')
    } catch (thrown) {
      sendText(response, isTooLarge(thrown) ? 413 : 503, `${renderError(thrown)}\n`)
    }
  }
  const loopback = await listenOnLoopback(() => createServer(handle), { port, variable, signal })
  signal.addEventListener('abort', () => void loopback.close(), { once: true })
  return `http://localhost:${loopback.port}`
}

function createServer(handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>): Server {
  // The ESM namespace of node:http alone would cost a channel 22 ms and 13 MB.
  const { createServer: create } = process.getBuiltinModule('node:http')
  const server = create({ requestTimeout: REQUEST_LIMIT_MS, headersTimeout: REQUEST_LIMIT_MS }, handle)
  server.maxConnections = CONNECTIONS
  return server
}

function isTooLarge(thrown: unknown): boolean {
  return BackchannelError.is(thrown) && thrown.code === 'event-too-large'
}
