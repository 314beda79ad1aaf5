/** The HTTP side: `/api/v10/…`, the CDN and the gateway's sockets on one port of loopback, with the network's faults. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { WebSocket } from 'ws'
import { startListener } from '../../loopback/listener.ts'
import { isLost, lose, spoil, swallow } from '../../loopback/network-faults.ts'
import { NO_BODY, type RequestBody, readBody } from './body.ts'
import { ApiFailure, fail } from './failure.ts'
import type { AskedRequest, FaultKind, TakeFault } from './faults.ts'
import type { LimitKeeper } from './limits.ts'
import { acceptSockets } from './sockets.ts'

/** A request whose route is known. */
export interface Routed {
  readonly route: string
  readonly parameters: Readonly<Record<string, string>>
  readonly path: string
  readonly query: URLSearchParams
  /** Without the word `Bot`; empty where there is none. */
  readonly token: string
  readonly headers: IncomingMessage['headers']
}

export interface WireHandler {
  /** @throws ApiFailure 404, 405 */
  route(method: string, path: string): { readonly route: string; readonly parameters: Readonly<Record<string, string>> }
  /** Whose requests these are; its buckets are its own. @throws ApiFailure 401 */
  authenticate(request: Routed): string
  /** Resolves with what the answer carries; undefined: 204. @throws ApiFailure */
  call(request: Routed, body: RequestBody): unknown
  /** The bytes of a file and its type. @throws ApiFailure */
  download(path: string, query: URLSearchParams): { readonly bytes: Uint8Array; readonly mime: string | undefined }
  /** Told of every request that was answered, with the HTTP status; 0 where the connection was cut. */
  answered(request: Routed, body: RequestBody, status: number): void
  /** A socket of the gateway that was accepted. */
  connect(socket: WebSocket, query: URLSearchParams): void
}

export interface WireServer {
  readonly port: number
  offline(): Promise<void>
  online(): Promise<void>
  close(): Promise<void>
}

const API = /^\/api\/v(\d+)(\/.*)$/
const MOST_BODY_BYTES = 105 * 1024 * 1024

export async function startWire(handler: WireHandler, take: TakeFault, limits: LimitKeeper): Promise<WireServer> {
  const { server, port, online, offline } = await startListener((request, response) => {
    void serve(request, response, handler, take, limits).catch(() => response.destroy())
  })
  acceptSockets(server, handler.connect, take)
  return { port, online, offline, close: offline }
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Undefined: none. */
  readonly text: string | undefined
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  handler: WireHandler,
  take: TakeFault,
  limits: LimitKeeper,
): Promise<void> {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  const url = new URL(request.url ?? '/', 'http://localhost')
  if (/^\/(?:ephemeral-)?attachments\//.test(url.pathname)) {
    return serveFile(response, url, handler, take, gone.signal)
  }
  let routed: Routed
  let body: RequestBody = NO_BODY
  try {
    const [, version, path = ''] = API.exec(url.pathname) ?? []
    if (version === undefined) throw fail('notFound')
    if (version !== '9' && version !== '10') throw fail('wrongVersion')
    const token = /^Bot (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    const found = handler.route(request.method ?? 'GET', path)
    routed = { ...found, path, query: url.searchParams, token, headers: request.headers }
    body = await readBody(request, MOST_BODY_BYTES)
  } catch (thrown) {
    request.resume()
    return send(response, toAnswer(thrown))
  }
  const fault = take(asked(routed, body))
  if (await spoil(fault, response, gone.signal)) return handler.answered(routed, body, 0)
  const answer = await toResult(handler, limits, routed, body, fault).catch(toAnswer)
  if (fault?.kind === 'hang') await swallow(gone.signal)
  handler.answered(routed, body, isLost(fault) || response.destroyed ? 0 : answer.status)
  if (!lose(fault, response, answer.text ?? '')) send(response, answer)
}

async function toResult(
  handler: WireHandler,
  limits: LimitKeeper,
  routed: Routed,
  body: RequestBody,
  fault: FaultKind | undefined,
): Promise<Answer> {
  const owner = handler.authenticate(routed)
  const { route, parameters } = routed
  const major = parameters['channel'] ?? parameters['guild'] ?? parameters['token'] ?? ''
  if (fault?.kind === 'limit') limits.close(owner, route, major, fault.retryAfter, fault.scope ?? 'user')
  const { message, headers, retryAfter, isGlobal } = limits.take(owner, route, major)
  if (retryAfter !== undefined) {
    const refused = { message, retry_after: retryAfter, global: isGlobal }
    return { status: 429, headers, text: JSON.stringify(refused) }
  }
  if (fault?.kind === 'status') return { ...toRefusal(fault), headers }
  try {
    const result = await handler.call(routed, body)
    if (result === undefined) return { status: 204, headers, text: undefined }
    return { status: 200, headers, text: JSON.stringify(result) }
  } catch (thrown) {
    return { ...toAnswer(thrown), headers }
  }
}

function asked({ route, parameters, path }: Routed, { json }: RequestBody): AskedRequest {
  const body = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {}
  return { route, parameters, path, body }
}

function toRefusal({ status, code, message }: FaultKind & { readonly kind: 'status' }): Omit<Answer, 'headers'> {
  if (code === undefined && status >= 500) return { status, text: '<html><body>upstream connect error</body></html>' }
  return { status, text: JSON.stringify({ message: message ?? `${status}: Refused`, code: code ?? 0 }) }
}

function toAnswer(thrown: unknown): Answer {
  if (!(thrown instanceof ApiFailure)) throw thrown
  const { status, code, message, errors } = thrown
  return { status, headers: {}, text: JSON.stringify({ message, code, ...(errors ? { errors } : {}) }) }
}

function send(response: ServerResponse, { status, headers, text }: Answer): void {
  if (response.destroyed) return
  const type = text?.startsWith('<') ? 'text/html' : 'application/json'
  response.writeHead(status, { ...headers, ...(text === undefined ? {} : { 'content-type': type }) }).end(text)
}

async function serveFile(
  response: ServerResponse,
  url: URL,
  handler: WireHandler,
  take: TakeFault,
  signal: AbortSignal,
): Promise<void> {
  const fault = take({ route: 'GET /attachments', parameters: {}, body: {}, path: url.pathname })
  if (await spoil(fault, response, signal)) return
  if (fault?.kind === 'status') return send(response, { ...toRefusal(fault), headers: {} })
  try {
    const { bytes, mime } = handler.download(url.pathname, url.searchParams)
    const type = mime ?? 'application/octet-stream'
    response.writeHead(200, { 'content-type': type, 'content-length': bytes.length })
    if (isLost(fault)) response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy())
    else response.end(bytes)
  } catch (thrown) {
    send(response, toAnswer(thrown))
  }
}
