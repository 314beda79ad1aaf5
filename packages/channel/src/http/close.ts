/** Ends a server with everything that hangs on it: a channel has one second from its session's end to its own. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

const SOCKETS = new WeakMap<Server, Set<Socket>>()

/** Remembers a server's connections: those that were upgraded to WebSockets are no longer known to the server itself. */
export function trackSockets(server: Server): void {
  if (SOCKETS.has(server)) return
  const sockets = new Set<Socket>()
  SOCKETS.set(server, sockets)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
}

/**
 * Stops listening and cuts every connection, idle or not; resolves once they are gone. Idempotent, and fine on a server
 * that never listened. Upgraded connections are covered for servers started by `listen` or `listenOnLoopback`.
 */
export async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
    for (const socket of SOCKETS.get(server) ?? []) socket.destroy()
  })
}
