/** Listens on loopback and, where the operator says so, beyond it; always on one port. */
import type { Server } from 'node:http'
import { BackchannelError } from '@backchannel/channel'
import { closeServer, listen, listenOnLoopback } from '@backchannel/channel/http'
import { PORT_VARIABLE } from './config.ts'
import { isLoopback } from './local.ts'

export interface ListeningOptions {
  /** `0` takes any free one. */
  readonly port: number
  /** `0.0.0.0` and `::` stand for every address of the machine. */
  readonly host: string
  readonly signal: AbortSignal
}

export interface Listening {
  readonly port: number
  /** Stops listening and ends every connection. Idempotent. */
  close(): Promise<void>
}

/**
 * `localhost` works whatever `host` says, so that the session's own programs reach the channel.
 * @param createServer called once an address; give all servers the same handler.
 * @throws BackchannelError `port-in-use` or `listen-failed`; nothing listens then.
 */
export async function startListening(createServer: () => Server, options: ListeningOptions): Promise<Listening> {
  const { host, port, signal } = options
  const common = { signal, variable: PORT_VARIABLE }
  if (isLoopback(host)) return listenOnLoopback(createServer, { ...common, port })
  const servers: Server[] = []
  const add = async (address: string, wanted: number): Promise<number> => {
    const server = createServer()
    servers.push(server)
    return listen(server, { ...common, host: address, port: wanted })
  }
  const close = async () => {
    await Promise.all(servers.map(closeServer))
  }
  try {
    if (host === '::') return { port: await add(host, port), close }
    if (host === '0.0.0.0') return { port: await addSixth(add, await add(host, port)), close }
    const loopback = await listenOnLoopback(createServer, { ...common, port })
    servers.push(...loopback.servers)
    await add(host, loopback.port)
    return { port: loopback.port, close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

/** `localhost` may mean `::1`, which is no address of version 4; a machine without version 6 does not have it. */
async function addSixth(add: (address: string, port: number) => Promise<number>, port: number): Promise<number> {
  try {
    return await add('::1', port)
  } catch (thrown) {
    if (BackchannelError.is(thrown) && thrown.code === 'listen-failed') return port
    throw thrown
  }
}
