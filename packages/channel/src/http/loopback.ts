/** Listens on both loopback addresses, so that `http://localhost:PORT` works whichever of them a client tries first. */
import type { Server } from 'node:http'
import { BackchannelError } from '@backchannel/protocol'
import { closeServer } from './close.ts'
import { type ListenOptions, listen } from './listen.ts'

export type LoopbackOptions = Omit<ListenOptions, 'host'>

export interface LoopbackServer {
  readonly port: number
  /** `127.0.0.1` first, then `::1` where the machine has it. */
  readonly servers: readonly Server[]
  /** Stops listening and ends every connection. Idempotent. */
  close(): Promise<void>
}

/** How often a free port is drawn again because somebody has its twin on `::1`. */
const DRAWS = 5

/**
 * Listens on `127.0.0.1` and, where the machine has IPv6, on `::1` with the same port. A port taken by somebody else on
 * either address is in use: half of the clients would reach the other program.
 *
 * @param createServer called once an address; give both servers the same handlers.
 * @throws BackchannelError `port-in-use` or `listen-failed`; nothing listens then.
 */
export async function listenOnLoopback(createServer: () => Server, options: LoopbackOptions): Promise<LoopbackServer> {
  for (let draw = 1; ; draw += 1) {
    const first = createServer()
    const port = await listen(first, { ...options, host: '127.0.0.1' })
    const second = createServer()
    try {
      await listen(second, { ...options, port, host: '::1' })
      return collect(port, [first, second])
    } catch (thrown) {
      if (BackchannelError.is(thrown) && thrown.code === 'listen-failed') return collect(port, [first])
      await closeServer(first)
      if (options.port !== 0 || draw === DRAWS || options.signal?.aborted) throw thrown
    }
  }
}

function collect(port: number, servers: readonly Server[]): LoopbackServer {
  return {
    port,
    servers,
    async close() {
      await Promise.all(servers.map(closeServer))
    },
  }
}
