/** The local server: routes, the guard before each of them, and the port. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { BackchannelError, type Log } from '@backchannel/channel'
import {
  findPortHolder,
  type LoopbackServer,
  listenOnLoopback,
  refuseForeign,
  sendJson,
  sendText,
} from '@backchannel/channel/http'
import { renderErrorBody } from './frames.ts'
import { refuseUpgrade } from './sockets.ts'

/** What the routes lead to; each may throw, which is answered with the error as JSON. */
export interface Routes {
  page(response: ServerResponse): void
  socket(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>
  upload(request: IncomingMessage, response: ServerResponse): Promise<void>
  file(request: IncomingMessage, response: ServerResponse, folder: 'inbox' | 'outbox', name: string): Promise<void>
}

export interface ServerOptions {
  /** Taken by another process: a free port is used instead, and the log says so. */
  readonly port: number
  readonly routes: Routes
  readonly log: Log
  readonly signal: AbortSignal
}

/** Listens on 127.0.0.1 and ::1 alone. */
export async function startServer(options: ServerOptions): Promise<LoopbackServer> {
  const { port, log, signal } = options
  const create = (): Server => {
    // By its CommonJS face, when it is needed: the ESM namespace of node:http alone costs 22 ms and 13 MB.
    const server = process.getBuiltinModule('node:http').createServer()
    server.on('request', (request, response) => void respond(options, request, response))
    server.on('upgrade', (request, socket, head) => void upgrade(options, request, socket, head))
    return server
  }
  try {
    return await listenOnLoopback(create, { port, variable: 'FAKECHAT_PORT', signal })
  } catch (thrown) {
    if (!BackchannelError.is(thrown) || thrown.code !== 'port-in-use') throw thrown
    const [holder, server] = await Promise.all([findPortHolder(port), listenOnLoopback(create, { port: 0, signal })])
    const who = holder ? `pid ${holder.pid} (${holder.command})` : 'another process'
    log.warn(`port ${port} is in use by ${who}; using ${server.port} instead`)
    return server
  }
}

/** Never rejects: what goes wrong is answered and logged. */
async function respond(
  { routes, log, signal }: ServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.on('error', () => {})
  try {
    const path = pathOf(request)
    const refusal = refuseForeign(request, { allowNavigation: path === '/' })
    if (!refusal) return await route(routes, path, request, response)
    request.resume()
    sendText(response, refusal.status, refusal.reason)
  } catch (thrown) {
    if (response.headersSent || signal.aborted) return void response.destroy()
    const status = statusOf(thrown)
    if (status === 500) log.error(`${request.method} ${pathOf(request)} failed: ${renderErrorBody(thrown).message}`)
    sendJson(response, status, renderErrorBody(thrown))
  }
}

async function route(routes: Routes, path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  const refuseMethod = (allow: string) => {
    request.resume()
    sendText(response, 405, `use ${allow}`, { allow })
  }
  const folder = path.startsWith('/files/') ? 'outbox' : path.startsWith('/uploads/') ? 'inbox' : undefined
  if (path === '/') return isRead ? routes.page(response) : refuseMethod('GET, HEAD')
  if (path === '/upload') return request.method === 'POST' ? routes.upload(request, response) : refuseMethod('POST')
  if (path === '/ws') return sendText(response, 400, 'upgrade failed')
  if (folder === undefined) {
    request.resume()
    return sendText(response, 404, 'not found')
  }
  if (!isRead) return refuseMethod('GET, HEAD')
  const name = decode(path.slice(path.indexOf('/', 1) + 1))
  return name === undefined ? sendText(response, 400, 'bad') : routes.file(request, response, folder, name)
}

async function upgrade(
  { routes, log }: ServerOptions,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  // Node takes its own listener away with the upgrade; without one a reset connection would end the process.
  socket.on('error', () => socket.destroy())
  try {
    const refusal = refuseForeign(request)
    if (refusal) return refuseUpgrade(socket, refusal.status, refusal.reason)
    if (pathOf(request) !== '/ws') return refuseUpgrade(socket, 404, 'not found')
    await routes.socket(request, socket, head)
  } catch (thrown) {
    log.error(`a WebSocket could not be opened: ${renderErrorBody(thrown).message}`)
    refuseUpgrade(socket, 500, 'upgrade failed')
  }
}

/** As sent, so that `..` in it is seen and not resolved away. */
function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').replace(/[?#].*/s, '')
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function statusOf(thrown: unknown): number {
  if (!BackchannelError.is(thrown)) return 500
  switch (thrown.code) {
    case 'message-invalid':
    case 'upload-invalid':
      return 400
    case 'event-too-large':
    case 'file-too-large':
      return 413
    case 'closed':
    case 'journal-full':
    case 'journal-unavailable':
    case 'not-registered':
    case 'outbox-full':
      return 503
    case 'state-unwritable':
      return 507
    default:
      return 500
  }
}
