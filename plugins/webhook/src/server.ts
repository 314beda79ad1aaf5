/** The HTTP server: its limits, its answers to what failed, and its end. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { BackchannelError, type Emit, type Log } from '@backchannel/channel'
import type { Approvals } from './approvals/approvals.ts'
import { createBodyReader } from './inbound.ts'
import { createReceiver } from './intake/receive.ts'
import { startListening } from './listening.ts'
import { isLoopback } from './local.ts'
import type { ReplyStream } from './outbound.ts'
import { createRefusalLog } from './refusal-log.ts'
import { answerError, RequestError } from './request-error.ts'
import { createRoutes, type Handle } from './routes.ts'
import type { SourceStore } from './sources/store.ts'

export interface ServerOptions {
  /** `0` takes any free port. */
  readonly port: number
  /** Default: loopback only. */
  readonly host?: string
  readonly emit: Emit
  readonly log: Log
  readonly stream: ReplyStream
  readonly sources: Pick<SourceStore, 'current'>
  readonly approvals: Pick<Approvals, 'handle' | 'close'>
  /** Aborts when the session ends. */
  readonly signal: AbortSignal
  /** Milliseconds since 1970; default: the system's clock. */
  readonly now?: () => number
}

export interface WebhookServer {
  readonly port: number
  /** Stops listening, gives answers under way a moment, ends streams and connections. Idempotent. */
  close(): Promise<void>
}

/** How long a request may take to arrive, in milliseconds; also bounds what is discarded of an oversized one. */
const REQUEST_LIMIT_MS = 30_000
/** Connections on each address: more than events can wait, so that one too many gets an answer. */
const CONNECTIONS = 1500
/** What `close` gives to answers under way: the process itself has 700 ms. */
const ANSWERS_LIMIT_MS = 250

/** @throws BackchannelError `port-in-use` (names the holder) or `listen-failed` */
export async function startServer(options: ServerOptions): Promise<WebhookServer> {
  const { port, host = '127.0.0.1', signal, stream, approvals, emit, log, now = Date.now } = options
  const refusals = createRefusalLog(log)
  const readBody = createBodyReader(signal)
  const receive = createReceiver({ emit, readBody, signal, now })
  const handle = createRoutes({ ...options, readBody, receive, exposed: !isLoopback(host) })
  const underWay = new Set<Promise<void>>()
  const handler = (request: IncomingMessage, response: ServerResponse) => {
    const answer = settle(
      handle,
      request,
      response,
      (error) => {
        const isStray = error instanceof RequestError && error.status === 405
        if (!isStray) refusals.add(error)
      },
      log,
    )
    underWay.add(answer)
    void answer.then(() => underWay.delete(answer))
  }
  const listening = await startListening(() => createServer(handler), { port, host, signal })
  return {
    port: listening.port,
    async close() {
      stream.close()
      approvals.close()
      await within(ANSWERS_LIMIT_MS, Promise.all(underWay))
      await listening.close()
      refusals.close()
    },
  }
}

/** Never rejects: what failed is an answer too. */
async function settle(
  handle: Handle,
  request: IncomingMessage,
  response: ServerResponse,
  tell: (error: BackchannelError) => void,
  log: Log,
): Promise<void> {
  try {
    await handle(request, response)
  } catch (thrown) {
    const error = BackchannelError.is(thrown) ? thrown : fault(thrown, log)
    tell(error)
    answerError(response, error)
  }
}

function createServer(handler: (request: IncomingMessage, response: ServerResponse) => void): Server {
  const http = process.getBuiltinModule('node:http')
  const server = http.createServer({ requestTimeout: REQUEST_LIMIT_MS, headersTimeout: REQUEST_LIMIT_MS }, handler)
  server.maxConnections = CONNECTIONS
  return server
}

function fault(thrown: unknown, log: Log): BackchannelError {
  log.error(`a request failed: ${thrown instanceof Error ? thrown.stack : String(thrown)}`)
  return new BackchannelError('internal', 'The channel failed; its log in the session says why.')
}

/** Waits for `work`, which never rejects, but no longer than `limit` milliseconds. */
async function within(limit: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, limit)
  await Promise.race([work, promise])
  clearTimeout(timer)
}
