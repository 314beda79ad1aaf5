/**
 * Two processes at the ends of a local socket: requests and notifications both ways, one JSON object a line. What comes is
 * hostile until it was looked at: long lines, unknown shapes and endless requests each have an end here.
 */
import type { Socket } from 'node:net'
import {
  BackchannelError,
  createLineSplitter,
  ERROR_CODES,
  type ErrorCode,
  isRecord,
  toError,
} from '@backchannel/protocol'

/** An event of the largest size in JSON, of which escapes can make six times as many bytes. */
export const LINE_BYTES: number = 8 * 1024 * 1024
/** Requests of one peer that may be under way. */
export const MOST_REQUESTS = 256
/** Past it the other side has stopped reading. */
const MOST_UNSENT_BYTES: number = 64 * 1024 * 1024
/** Past it nothing more should be offered just now. */
const BUSY_BYTES: number = 1024 * 1024

export interface PeerHandlers {
  /** @returns the answer, as JSON @throws what the other side gets as an error */
  request(method: string, params: unknown, signal: AbortSignal): Promise<unknown>
  notification(method: string, params: unknown): void
}

export interface Peer {
  /** @throws BackchannelError of the other side, or `hub-lost` where the connection ends before the answer */
  request(method: string, params: object, signal?: AbortSignal): Promise<unknown>
  notify(method: string, params: object): void
  /** False while so much is unsent that nothing more should be offered. */
  readonly writable: boolean
  onWritable(listener: () => void): void
  /** Resolves with why it ended, in words. */
  readonly ended: Promise<string>
  /** Sends what is under way, and ends. Idempotent. */
  close(): void
}

interface Waiting {
  resolve(result: unknown): void
  reject(error: Error): void
}

const CANCEL = 'cancel'

/** @param rest what was read after the handshake */
export function createPeer(socket: Socket, handlers: PeerHandlers, rest: Buffer = Buffer.alloc(0)): Peer {
  const waiting = new Map<number, Waiting>()
  const serving = new Map<number, AbortController>()
  const ended = Promise.withResolvers<string>()
  let count = 0
  let over = false

  const finish = (why: string) => {
    if (over) return
    over = true
    socket.destroy()
    for (const { reject } of waiting.values()) reject(lost(why))
    waiting.clear()
    for (const controller of serving.values()) controller.abort(lost(why))
    ended.resolve(why)
  }
  const send = (message: object) => {
    if (over || socket.writableEnded) return
    socket.write(`${JSON.stringify(message)}\n`)
    if (socket.writableLength > MOST_UNSENT_BYTES) finish('the other side does not read')
  }
  const serve = async (id: number, method: string, params: unknown): Promise<void> => {
    if (serving.size >= MOST_REQUESTS)
      return send({ id, error: { message: `${MOST_REQUESTS} requests are under way` } })
    const controller = new AbortController()
    serving.set(id, controller)
    try {
      const result = await handlers.request(method, params, controller.signal)
      send({ id, result: result ?? null })
    } catch (thrown) {
      send({ id, error: renderWireError(thrown) })
    } finally {
      serving.delete(id)
    }
  }
  const take = (line: string) => {
    const message = parse(line)
    if (!message) return finish('it sent something that is no message')
    const { id, method, params } = message
    if (typeof method === 'string') {
      if (id === undefined) {
        if (method === CANCEL) serving.get(Number(isRecord(params) ? params['id'] : undefined))?.abort()
        else handlers.notification(method, params)
      } else if (Number.isSafeInteger(id) && !serving.has(id as number)) void serve(id as number, method, params)
      else finish('it sent a request without an id of its own')
      return
    }
    const one = waiting.get(Number(id))
    waiting.delete(Number(id))
    if ('error' in message) one?.reject(readWireError(message['error']))
    else one?.resolve(message['result'])
  }
  const splitter = createLineSplitter(LINE_BYTES, {
    line: (text) => {
      if (!over) take(text)
    },
    tooLong: () => finish('it sent a line that is too long'),
  })
  socket.on('data', (chunk: Buffer) => splitter.push(chunk))
  socket.on('end', () => finish('it ended the connection'))
  socket.on('close', () => finish('the connection ended'))
  socket.on('error', (error) => finish(error.message))
  // The caller has its peer by then.
  if (rest.length > 0) queueMicrotask(() => splitter.push(rest))

  return {
    request(method, params, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>()
      if (over) return Promise.reject(lost('the connection has ended'))
      count += 1
      const id = count
      const cancel = () => {
        if (!waiting.delete(id)) return
        send({ method: CANCEL, params: { id } })
        reject(toError(signal?.reason))
      }
      if (signal?.aborted) return Promise.reject(toError(signal.reason))
      signal?.addEventListener('abort', cancel, { once: true })
      waiting.set(id, { resolve, reject })
      send({ id, method, params })
      return promise.finally(() => signal?.removeEventListener('abort', cancel))
    },
    notify: (method, params) => send({ method, params }),
    get writable() {
      return !over && socket.writableLength < BUSY_BYTES
    },
    onWritable: (listener) => void socket.on('drain', listener),
    ended: ended.promise,
    close() {
      if (over) return
      socket.end()
      // One that does not end its side is not waited for.
      setTimeout(() => finish('this side ended the connection'), 200).unref()
    },
  }
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const message: unknown = JSON.parse(line)
    return isRecord(message) ? message : undefined
  } catch {
    return undefined
  }
}

function renderWireError(thrown: unknown): object {
  const error = toError(thrown)
  if (!BackchannelError.is(error)) return { message: error.message }
  return { message: error.message, code: error.code, ...(error.hint === undefined ? {} : { hint: error.hint }) }
}

function readWireError(value: unknown): Error {
  const { message, code, hint } = isRecord(value) ? value : {}
  const words = typeof message === 'string' ? message : 'it failed without a word'
  if (typeof code !== 'string' || !Object.hasOwn(ERROR_CODES, code)) return new Error(words)
  return new BackchannelError(code as ErrorCode, words, typeof hint === 'string' ? { hint } : {})
}

export function lost(why: string): BackchannelError {
  return new BackchannelError('hub-lost', `The session that holds the account is gone: ${why}.`, {
    hint: 'Another one takes over within a few seconds; try again then.',
  })
}
