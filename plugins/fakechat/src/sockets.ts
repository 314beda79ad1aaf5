/** The WebSocket side: frames in with back-pressure, frames out to every page, and hostile clients that cost little. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { RawData, WebSocket, WebSocketServer } from 'ws'
import { FRAME_LIMIT, type ServerFrame } from './wire.ts'

export interface Client {
  /** False when the page is gone or going. */
  send(frame: ServerFrame): boolean
  /** What it was reached under: `localhost:8787`. */
  readonly host: string
}

export interface SocketHandlers {
  /** A page connected. */
  welcome(client: Client): void
  /** It has gone. */
  gone(client: Client): void
  /**
   * One frame, in the order they came. Of one client at most {@link FRAMES_AT_ONCE}, and hardly more than
   * {@link BYTES_AT_ONCE}, are under way. It must not reject.
   */
  receive(client: Client, frame: string | Buffer): Promise<void>
}

export interface Sockets {
  /** Answers an upgrade request that was let through. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>
  /** To every open page but `except`; returns how many took it. */
  broadcast(frame: ServerFrame, except?: Client): number
  /** Says goodbye with 1001, so that pages know it was no accident. */
  close(): void
}

/** Messages that come in one go are stored in one go; a client that sends more waits. */
const FRAMES_AT_ONCE = 64
const BYTES_AT_ONCE: number = 1024 * 1024
/** More pages at once are nobody's wish. */
const CLIENT_LIMIT = 64
/** A page that reads too slowly is cut off at this many waiting bytes; it catches up when it comes back. */
const WAITING_LIMIT: number = 16 * 1024 * 1024

export function createSockets(handlers: SocketHandlers): Sockets {
  const clients = new Map<Client, WebSocket>()
  let server: WebSocketServer | undefined
  let closed = false

  const open = (): Promise<WebSocketServer> =>
    // Loaded with the first page: a channel that nobody looks at needs neither the time nor the memory.
    import('ws').then((ws) => {
      server ??= new ws.WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: FRAME_LIMIT })
      return server
    })

  const attach = (socket: WebSocket, connection: Duplex, host: string): void => {
    const inOneGo = createCork(connection)
    const client: Client = {
      host,
      send(frame) {
        if (socket.readyState !== socket.OPEN) return false
        if (socket.bufferedAmount > WAITING_LIMIT) {
          socket.terminate()
          return false
        }
        inOneGo()
        socket.send(JSON.stringify(frame))
        return true
      },
    }
    let frames = 0
    let bytes = 0
    const isBusy = () => frames >= FRAMES_AT_ONCE || bytes >= BYTES_AT_ONCE
    socket.on('message', (data: RawData, isBinary: boolean) => {
      const buffer = toBuffer(data)
      frames += 1
      bytes += buffer.length
      if (isBusy()) socket.pause()
      void handlers.receive(client, isBinary ? buffer : buffer.toString('utf8')).then(() => {
        frames -= 1
        bytes -= buffer.length
        if (socket.isPaused && !isBusy()) socket.resume()
      })
    })
    socket.on('close', () => {
      clients.delete(client)
      handlers.gone(client)
    })
    // A frame over the limit or a broken one: ws has told the client and closes.
    socket.on('error', () => {})
    clients.set(client, socket)
    handlers.welcome(client)
  }

  return {
    async accept(request, socket, head) {
      const wss = await open()
      if (closed || clients.size >= CLIENT_LIMIT) return refuseUpgrade(socket, 503, 'Too many pages are open.')
      wss.handleUpgrade(request, socket, head, (accepted) => attach(accepted, socket, request.headers.host ?? ''))
    },
    broadcast(frame, except) {
      return [...clients.keys()].filter((client) => client !== except && client.send(frame)).length
    },
    close() {
      closed = true
      for (const socket of clients.values()) socket.close(1001, 'the channel ends')
    },
  }
}

/** @returns what to call before a write: all writes of one turn then cost one system call. */
function createCork(connection: Duplex): () => void {
  let corked = false
  return () => {
    if (corked) return
    corked = true
    connection.cork()
    process.nextTick(() => {
      corked = false
      connection.uncork()
    })
  }
}

const STATUS_TEXT: Readonly<Record<number, string>> = {
  403: 'Forbidden',
  404: 'Not Found',
  421: 'Misdirected Request',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/** An upgrade has no response object; its refusal is written by hand. */
export function refuseUpgrade(socket: Duplex, status: number, reason: string): void {
  const body = Buffer.from(reason)
  const head = [
    `HTTP/1.1 ${status} ${STATUS_TEXT[status] ?? 'Refused'}`,
    'content-type: text/plain; charset=utf-8',
    `content-length: ${body.length}`,
    'connection: close',
  ]
  socket.end(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]))
}

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data)
  return Buffer.isBuffer(data) ? data : Buffer.from(data)
}
