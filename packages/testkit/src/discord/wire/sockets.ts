/** The gateway's sockets, up to where they are accepted, with what a network or a proxy does to them before that. */
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { type WebSocket, WebSocketServer } from 'ws'
import type { FaultKind, TakeFault } from './faults.ts'

type Connect = (socket: WebSocket, query: URLSearchParams) => void

const PATH = /^\/(?:gateway|resume)\/?$/

export function acceptSockets(server: Server, connect: Connect, take: TakeFault): void {
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1024 * 1024 })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const fault = take({ route: 'gateway', parameters: {}, body: {}, path: pathname })
    const accept = (then: (accepted: WebSocket) => void) => sockets.handleUpgrade(request, socket, head, then)
    const open = () => accept((accepted) => connect(accepted, searchParams))
    socket.on('error', () => {})
    if (PATH.test(pathname)) void admit(socket, fault, open, accept).catch(() => socket.destroy())
    else socket.destroy()
  })
}

async function admit(
  socket: Duplex,
  fault: FaultKind | undefined,
  open: () => void,
  accept: (then: (accepted: WebSocket) => void) => void,
): Promise<void> {
  switch (fault?.kind) {
    case undefined:
      return open()
    case 'delay':
      await delay(fault.ms)
      return open()
    case 'wait':
      await fault.until
      return open()
    case 'hang':
      // Never answered; with `after` accepted, and then never a word.
      return fault.after ? accept(() => {}) : undefined
    case 'status':
      return refuse(socket, `${fault.status} Refused`)
    case 'limit':
      return refuse(socket, `429 Too Many Requests\r\nretry-after: ${fault.retryAfter}`)
    case 'drop':
    case 'reset':
    case 'half':
      socket.destroy()
  }
}

function refuse(socket: Duplex, words: string): void {
  socket.end(`HTTP/1.1 ${words}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`)
}
