/** A port for a server that can't be told to pick one itself. */
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below what systems hand out themselves (from 32768 on Linux, from 49152 elsewhere): else a server with port 0, or a
 * connection, of another test could take the port before it is used.
 */
const FIRST = 20_000
const AFTER_LAST = 32_000

/** Given already, by this process. */
const given = new Set<number>()

/**
 * A TCP port of 127.0.0.1 that is free, and given once by a process. Prefer port 0 where the server says which one it got.
 * @throws Error for anything but a port that is taken
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, AFTER_LAST)
    if (given.has(port)) continue
    given.add(port)
    if (await isFree(port)) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen({ port, host: '127.0.0.1' })
    await once(server, 'listening')
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EADDRINUSE') return false
    throw thrown
  }
  server.close()
  await once(server, 'close')
  return true
}
