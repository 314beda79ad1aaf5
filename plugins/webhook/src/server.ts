/** The HTTP server on loopback: who may ask, what for, and the answer to each. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { BackchannelError, type Emit, type Log } from '@backchannel/channel'
import { listenOnLoopback, type Refusal, refuseForeign, sendJson, sendText } from '@backchannel/channel/http'
import { PORT_VARIABLE } from './config.ts'
import { renderHelp } from './help.ts'
import { createEventReader } from './inbound.ts'
import { LISTENERS, type ReplyStream, STREAM_HEADERS } from './outbound.ts'
import { createRefusalLog } from './refusal-log.ts'
import { answerError, RequestError } from './request-error.ts'

export interface ServerOptions {
  /** `0` takes any free port. */
  readonly port: number
  readonly emit: Emit
  readonly log: Log
  readonly stream: ReplyStream
  /** Aborts when the session ends. */
  readonly signal: AbortSignal
}

export interface WebhookServer {
  readonly port: number
  /** Stops listening, gives answers under way a moment, ends streams and connections. Idempotent. */
  close(): Promise<void>
}

/** How long a request may take to arrive, in milliseconds; also bounds what is discarded of an oversized one. */
const REQUEST_LIMIT_MS = 30_000
/** Connections on each of the two addresses: more than events can wait, so that one too many gets an answer. */
const CONNECTIONS = 1500
/** What `close` gives to answers under way: the process itself has 700 ms. */
const ANSWERS_LIMIT_MS = 250

/** @throws BackchannelError `port-in-use` (names the holder) or `listen-failed` */
export async function startServer(options: ServerOptions): Promise<WebhookServer> {
  const refusals = createRefusalLog(options.log)
  const parts: Parts = { ...options, readEvent: createEventReader(options.signal) }
  const underWay = new Set<Promise<void>>()
  const handler = (request: IncomingMessage, response: ServerResponse) => {
    const answer = handle(request, response, parts).catch((thrown: unknown) => {
      const error = BackchannelError.is(thrown) ? thrown : fault(thrown, options.log)
      const isStray = error instanceof RequestError && error.status === 405
      if (!isStray) refusals.add(error)
      answerError(response, error)
    })
    underWay.add(answer)
    void answer.finally(() => underWay.delete(answer))
  }
  const { port, signal, stream } = options
  const loopback = await listenOnLoopback(() => createServer(handler), { port, signal, variable: PORT_VARIABLE })
  return {
    port: loopback.port,
    async close() {
      stream.close()
      await within(ANSWERS_LIMIT_MS, Promise.all(underWay))
      await loopback.close()
      refusals.close()
    },
  }
}

function createServer(handler: (request: IncomingMessage, response: ServerResponse) => void): Server {
  const http = process.getBuiltinModule('node:http')
  const server = http.createServer({ requestTimeout: REQUEST_LIMIT_MS, headersTimeout: REQUEST_LIMIT_MS }, handler)
  server.maxConnections = CONNECTIONS
  return server
}

interface Parts extends Pick<ServerOptions, 'emit' | 'stream'> {
  readonly readEvent: ReturnType<typeof createEventReader>
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  { emit, stream, readEvent }: Parts,
): Promise<void> {
  const [path = '/'] = (request.url ?? '/').split('?', 1)
  const refusal = refuseForeign(request, { allowNavigation: path === '/' })
  if (refusal) throw foreign(refusal)
  const route = `${request.method} ${path}`
  if (request.method === 'POST') {
    const id = await emit(await readEvent(request))
    sendJson(response, 202, { ok: true, event_id: id })
  } else if (route === 'GET /' || route === 'HEAD /') {
    sendText(response, 200, renderHelp(`http://${request.headers.host}`))
  } else if (route === 'HEAD /events') {
    response.writeHead(200, STREAM_HEADERS).end()
  } else if (route === 'GET /events') {
    if (!stream.add(response)) throw tooManyListeners()
  } else {
    throw wrongMethod(request.method ?? '', path)
  }
}

function fault(thrown: unknown, log: Log): BackchannelError {
  log.error(`a request failed: ${thrown instanceof Error ? thrown.stack : String(thrown)}`)
  return new BackchannelError('internal', 'The channel failed; its log in the session says why.')
}

function foreign({ status, reason }: Refusal): RequestError {
  const hint = 'Send it from a program on this machine to http://localhost, not from a web page.'
  return new RequestError(status, 'request-refused', reason, { hint })
}

function tooManyListeners(): RequestError {
  return new RequestError(503, 'request-refused', `${LISTENERS} listeners are connected, which is the most.`, {
    hint: 'Close one of them first.',
    headers: { 'retry-after': '5' },
  })
}

function wrongMethod(method: string, path: string): RequestError {
  const readable = path === '/' || path === '/events'
  return new RequestError(405, 'request-invalid', `${method} is not taken here.`, {
    hint: 'POST what the agent should read; GET /events streams its replies.',
    headers: { allow: readable ? 'GET, HEAD, POST' : 'POST' },
  })
}

/** Waits for `work`, which never rejects, but no longer than `limit` milliseconds. */
async function within(limit: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, limit)
  await Promise.race([work, promise])
  clearTimeout(timer)
}
