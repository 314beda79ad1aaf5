/** Starts one server on one address, and says who is there when the port is taken. */
import type { Server } from 'node:http'
import { BackchannelError, toError } from '@backchannel/protocol'
import { closeServer, trackSockets } from './close.ts'
import { findPortHolder } from './holder.ts'

export interface ListenOptions {
  /** `0` takes any free port. */
  readonly port: number
  /** Default: `127.0.0.1`. Browsers may look up `localhost` as `::1` first: see `listenOnLoopback`. */
  readonly host?: string
  /** The setting that a hint names, such as `WEBHOOK_PORT`. */
  readonly variable?: string
  /** Aborting it before the promise settles rejects and closes the server; later it has no effect. */
  readonly signal?: AbortSignal
}

/**
 * Resolves with the port once the server listens. End it with `closeServer`.
 * @throws BackchannelError `port-in-use` (names the port and, where it can be found, its holder's pid and command) or
 *   `listen-failed`.
 */
export async function listen(server: Server, options: ListenOptions): Promise<number> {
  options.signal?.throwIfAborted()
  const host = options.host ?? '127.0.0.1'
  trackSockets(server)
  try {
    await bind(server, host, options.port)
  } catch (thrown) {
    throw isInUse(thrown)
      ? await portInUse(options.port, host, options.variable, thrown)
      : listenFailed(options.port, host, thrown)
  }
  if (options.signal?.aborted) {
    await closeServer(server)
    options.signal.throwIfAborted()
  }
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : options.port
}

/** `host:port` as in a URL. */
export function renderAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error) => {
      server.off('error', settle)
      server.off('listening', settle)
      if (error) reject(error)
      else resolve()
    }
    server.once('error', settle)
    server.once('listening', () => settle())
    server.listen({ port, host })
  })
}

function isInUse(thrown: unknown): boolean {
  return (toError(thrown) as NodeJS.ErrnoException).code === 'EADDRINUSE'
}

async function portInUse(port: number, host: string, variable: string | undefined, cause: unknown): Promise<Error> {
  const holder = await findPortHolder(port)
  const who = holder
    ? `process ${holder.pid} (${holder.command}) listens there already`
    : 'another process listens there already, one that this user cannot look at'
  const stop = holder ? `Stop it (kill ${holder.pid})` : 'Stop it'
  return new BackchannelError('port-in-use', `Could not listen on ${renderAddress(host, port)}: ${who}.`, {
    hint: `${stop}, or ${variable === undefined ? 'choose another port' : `set ${variable} to another port`}.`,
    cause,
  })
}

function listenFailed(port: number, host: string, thrown: unknown): Error {
  const error = toError(thrown)
  const denied = (error as NodeJS.ErrnoException).code === 'EACCES'
  const hint = denied ? 'Ports below 1024 need special rights; choose a higher one.' : undefined
  return new BackchannelError('listen-failed', `Could not listen on ${renderAddress(host, port)}: ${error.message}.`, {
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  })
}
