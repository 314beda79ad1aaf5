/** An HTTP server on a free port of loopback whose network can be pulled and plugged in again. */
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export interface Listener {
  readonly port: number
  readonly server: Server
  /** Stops listening and cuts all connections: a machine whose network is gone. */
  offline(): Promise<void>
  /** Listens again, on the same port. */
  online(): Promise<void>
}

export async function startListener(serve: RequestListener): Promise<Listener> {
  const sockets = new Set<Socket>()
  const server = createServer({ keepAlive: true }, serve)
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  let port = 0
  const online = async () => {
    server.listen({ port, host: '127.0.0.1' })
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  }
  const offline = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  await online()
  return { port, server, online, offline }
}
