/** The HTTP side: `/bot<token>/METHOD` and `/file/bot<token>/PATH` on loopback, envelopes, and the faults of the network. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { startListener } from '../../loopback/listener.ts'
import { isLost, lose, spoil, swallow } from '../../loopback/network-faults.ts'
import { type RequestBody, readBody } from './body.ts'
import { ApiFailure } from './failure.ts'
import type { FaultKind, TakeFault } from './faults.ts'

export interface WireRequest {
  readonly token: string
  /** As it was written; methods are case-insensitive. */
  readonly method: string
  readonly body: RequestBody
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal
}

export interface WireHandler {
  /** Resolves with the `result`. @throws ApiFailure */
  call(request: WireRequest): Promise<unknown>
  /** The bytes of a file. @throws ApiFailure */
  download(token: string, path: string): Uint8Array
  /** Told of every request that was answered, with the HTTP status; 0 where the connection was cut. */
  answered(request: WireRequest, status: number): void
}

export interface WireServer {
  readonly port: number
  /** Stops listening and cuts all connections: a machine whose network is gone. */
  offline(): Promise<void>
  /** Listens again, on the same port. */
  online(): Promise<void>
  close(): Promise<void>
}

const ROUTE = /^\/bot([^/]+)\/(\w+)$/
const FILE_ROUTE = /^\/file\/bot([^/]+)\/(.+)$/

export async function startWire(handler: WireHandler, take: TakeFault): Promise<WireServer> {
  const { port, online, offline } = await startListener((request, response) => {
    void serve(request, response, handler, take).catch(() => response.destroy())
  })
  return { port, online, offline, close: offline }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  handler: WireHandler,
  take: TakeFault,
): Promise<void> {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  const url = new URL(request.url ?? '/', 'http://localhost')
  const file = FILE_ROUTE.exec(url.pathname)
  if (file?.[1] && file[2]) return serveFile(response, file[1], decodeURIComponent(file[2]), handler, take)
  const route = ROUTE.exec(url.pathname)
  if (!route?.[1] || !route[2]) return sendAnswer(response, toEnvelope(new ApiFailure(404, 'Not Found')))
  const token = decodeURIComponent(route[1])
  const empty: RequestBody = { parameters: new Map(), uploads: new Map() }
  let call: WireRequest = { token, method: route[2], body: empty, signal: gone.signal }
  let fault: FaultKind | undefined
  let answer: Answer
  try {
    call = { ...call, body: await readBody(request, url.searchParams) }
    fault = take(call.method, call.body.parameters)
    if (await spoil(fault, response, gone.signal)) return handler.answered(call, 0)
    if (fault?.kind === 'status') throw toFailure(fault)
    answer = { status: 200, envelope: { ok: true, result: await handler.call(call) } }
  } catch (thrown) {
    if (!(thrown instanceof ApiFailure)) throw thrown
    answer = toEnvelope(thrown)
  }
  if (fault?.kind === 'hang') await swallow(gone.signal)
  handler.answered(call, isLost(fault) || response.destroyed ? 0 : answer.status)
  if (!lose(fault, response, JSON.stringify(answer.envelope))) sendAnswer(response, answer)
}

interface Answer {
  readonly status: number
  readonly envelope: object
}

function toEnvelope({ code, message, parameters }: ApiFailure): Answer {
  const envelope = { ok: false, error_code: code, description: message, ...(parameters ? { parameters } : {}) }
  return { status: code, envelope }
}

function toFailure({ status, retryAfter, description }: FaultKind & { readonly kind: 'status' }): ApiFailure {
  if (status !== 429) return new ApiFailure(status, description ?? 'Internal Server Error')
  const seconds = retryAfter ?? 1
  return new ApiFailure(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds })
}

function sendAnswer(response: ServerResponse, { status, envelope }: Answer): void {
  if (response.destroyed) return
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(envelope))
}

async function serveFile(
  response: ServerResponse,
  token: string,
  path: string,
  handler: WireHandler,
  take: TakeFault,
): Promise<void> {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  const fault = take('file', new Map([['path', path]]))
  if (await spoil(fault, response, gone.signal)) return
  try {
    if (fault?.kind === 'status') throw toFailure(fault)
    const bytes = handler.download(decodeURIComponent(token), path)
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes.length })
    if (isLost(fault)) response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy())
    else response.end(bytes)
  } catch (thrown) {
    if (!(thrown instanceof ApiFailure)) throw thrown
    sendAnswer(response, toEnvelope(thrown))
  }
}
