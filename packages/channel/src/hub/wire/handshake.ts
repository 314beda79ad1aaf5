/** The first lines on a socket of the hub: which version, and that both sides are of the same user. Bounded in size and time. */
import type { Socket } from 'node:net'
import { BackchannelError, isRecord } from '@backchannel/protocol'
import { createNonce, isProof, prove } from './proof.ts'

export const HUB_VERSION = 1

/** All that a stranger may make us read. */
const MOST_BYTES = 4_096
const MOST_MS = 2_000

/** @returns what came after the handshake @throws BackchannelError `hub-refused` */
export async function greetAsHolder(socket: Socket, key: string): Promise<Buffer> {
  const lines = createLines(socket)
  try {
    const hello = await lines.next()
    const { versions, nonce } = hello
    if (!Array.isArray(versions) || !versions.includes(HUB_VERSION)) {
      write(socket, { refused: 'version', versions: [HUB_VERSION] })
      throw refused(`it speaks version ${JSON.stringify(versions)?.slice(0, 40)}, and ${HUB_VERSION} is spoken here`)
    }
    if (typeof nonce !== 'string' || nonce.length < 16) throw refused('it sent no nonce')
    const nonces = [nonce, createNonce()] as const
    write(socket, { version: HUB_VERSION, nonce: nonces[1], proof: prove(key, 'holder', nonces) })
    const { proof } = await lines.next()
    if (!isProof(proof, key, 'session', nonces)) throw refused('it does not know the key')
    write(socket, { welcome: true })
    return lines.rest()
  } finally {
    lines.close()
  }
}

/** @returns what came after the handshake @throws BackchannelError `hub-refused` */
export async function greetAsSession(socket: Socket, key: string): Promise<Buffer> {
  const lines = createLines(socket)
  try {
    const own = createNonce()
    write(socket, { hub: 'backchannel', versions: [HUB_VERSION], nonce: own })
    const answer = await lines.next()
    if (answer['refused'] === 'version') {
      throw refused(`the holder speaks version ${JSON.stringify(answer['versions'])?.slice(0, 40)}, not ${HUB_VERSION}`)
    }
    const { nonce, proof } = answer
    if (typeof nonce !== 'string') throw refused('the holder sent no nonce')
    const nonces = [own, nonce] as const
    if (!isProof(proof, key, 'holder', nonces)) throw refused('the holder does not know the key')
    write(socket, { proof: prove(key, 'session', nonces) })
    if ((await lines.next())['welcome'] !== true) throw refused('the holder did not say welcome')
    return lines.rest()
  } finally {
    lines.close()
  }
}

interface Lines {
  /** The next line, an object. @throws BackchannelError `hub-refused` */
  next(): Promise<Record<string, unknown>>
  rest(): Buffer
  close(): void
}

function createLines(socket: Socket): Lines {
  let bytes = Buffer.alloc(0)
  let failure: BackchannelError | undefined
  let wake = Promise.withResolvers<void>()
  const stir = () => {
    wake.resolve()
    wake = Promise.withResolvers()
  }
  const fail = (problem: string) => {
    failure ??= refused(problem)
    stir()
  }
  const onData = (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk])
    if (bytes.length > MOST_BYTES && bytes.indexOf(10) === -1) fail('it sent too much')
    stir()
  }
  const onEnd = () => fail('it ended the connection')
  const onError = (error: Error) => fail(error.message)
  const timer = setTimeout(() => fail(`it did not answer in ${MOST_MS} ms`), MOST_MS)
  socket.on('data', onData)
  socket.on('end', onEnd)
  socket.on('close', onEnd)
  socket.on('error', onError)
  return {
    async next() {
      for (;;) {
        const end = bytes.indexOf(10)
        if (end !== -1 && end <= MOST_BYTES) {
          const line = bytes.subarray(0, end).toString('utf8')
          bytes = bytes.subarray(end + 1)
          return parse(line)
        }
        if (failure) throw failure
        await wake.promise
      }
    },
    rest: () => bytes,
    close() {
      clearTimeout(timer)
      socket.off('data', onData)
      socket.off('end', onEnd)
      socket.off('close', onEnd)
      socket.off('error', onError)
      // Nothing is lost between this reader and the next one.
      socket.pause()
    },
  }
}

function parse(line: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw refused('it sent something that is no JSON')
  }
  if (!isRecord(value)) throw refused('it sent no object')
  return value
}

function write(socket: Socket, message: object): void {
  socket.write(`${JSON.stringify(message)}\n`)
}

function refused(problem: string): BackchannelError {
  return new BackchannelError('hub-refused', `The other side of the local socket was refused: ${problem}.`)
}
