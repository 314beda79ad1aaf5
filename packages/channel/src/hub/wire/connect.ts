/** A session's side of the local socket: finds the holder by its note, looks at whose both are, and proves itself. */
import { connect, type Socket } from 'node:net'
import type { Announcement } from './announcement.ts'
import { greetAsSession } from './handshake.ts'
import { assertOwn } from './place.ts'

const CONNECT_MS = 2_000

export interface HubSocket {
  /** Paused; to be resumed once somebody reads it. */
  readonly socket: Socket
  readonly rest: Buffer
}

/** @throws BackchannelError `hub-unsafe`, `hub-refused`, or the system's error where nobody listens */
export async function connectToHolder({ socket: path, key }: Announcement): Promise<HubSocket> {
  await assertOwn(path).catch((thrown) => {
    // On Windows there is no file; elsewhere a missing one is an answer as well.
    if (process.platform !== 'win32') throw thrown
  })
  const socket = connect(path)
  try {
    await opened(socket)
    const rest = await greetAsSession(socket, key)
    return { socket, rest }
  } catch (thrown) {
    socket.destroy()
    throw thrown
  }
}

async function opened(socket: Socket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => reject(new Error(`no answer in ${CONNECT_MS} ms`)), CONNECT_MS)
  socket.once('connect', resolve)
  socket.on('error', reject)
  try {
    await promise
  } finally {
    clearTimeout(timer)
  }
}
