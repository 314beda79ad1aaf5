/** The holder's side of the local socket: listens for its owner's processes alone, and gives each that proved itself. */
import { chmod, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { BackchannelError, renderError, toError } from '@backchannel/protocol'
import type { Log } from '../../log.ts'
import { greetAsHolder } from './handshake.ts'
import { ensureOwnFolder, socketPaths } from './place.ts'

export interface HubListenOptions {
  /** The channel's state directory. */
  readonly directory: string
  readonly key: string
  readonly log: Log
  /** A process that proved itself; `rest` was read after its handshake. The socket is paused. */
  accepted(socket: Socket, rest: Buffer): void
}

export interface HubServer {
  readonly path: string
  /** Takes no more; what is connected stays. Idempotent. */
  close(): void
}

/** Connections that have not proved themselves. */
const MOST_UNPROVED = 32
const MOST_CONNECTIONS = 1_024

/** @throws BackchannelError `listen-failed`, `hub-unsafe` */
export async function listenForSessions(options: HubListenOptions): Promise<HubServer> {
  const paths = socketPaths(options.directory)
  let failure: unknown
  for (const path of paths) {
    try {
      return await listenAt(path, options)
    } catch (thrown) {
      failure ??= thrown
    }
  }
  throw new BackchannelError('listen-failed', `No local socket could be made: ${renderError(failure)}`, {
    hint: 'Other sessions can not share the account until it can; give the channel a shorter state folder on a local disk.',
    cause: failure,
  })
}

async function listenAt(path: string, { key, log, accepted }: HubListenOptions): Promise<HubServer> {
  const isPipe = process.platform === 'win32'
  if (!isPipe) {
    await ensureOwnFolder(dirname(path))
    // Whoever had it is gone: we have the lock.
    await rm(path, { force: true })
  }
  let unproved = 0
  const greet = async (socket: Socket): Promise<void> => {
    if (unproved >= MOST_UNPROVED) return void socket.destroy()
    unproved += 1
    try {
      accepted(socket, await greetAsHolder(socket, key))
      socket.resume()
    } catch (thrown) {
      socket.destroy()
      log.warn(renderError(thrown))
    } finally {
      unproved -= 1
    }
  }
  const server = createServer((socket) => {
    socket.on('error', () => {})
    void greet(socket)
  })
  server.maxConnections = MOST_CONNECTIONS
  await open(server, path)
  // The folder is closed to others; the socket is too, for systems that look at it.
  if (!isPipe) await chmod(path, 0o600)
  server.on('error', (error) => log.warn(`the local socket failed: ${toError(error).message}`))
  server.unref()
  return {
    path,
    close: () => void server.close(),
  }
}

async function open(server: Server, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(path, resolve)
  try {
    await promise
  } finally {
    server.off('error', reject)
  }
}
