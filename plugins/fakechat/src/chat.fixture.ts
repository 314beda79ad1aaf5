/** For tests: a running chat on a free port with files of its own, whose session is an array of events. */
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import type { Emit, OutgoingEvent } from '@backchannel/channel'
import { createTempDirectory, waitFor } from '@backchannel/testkit'
import { WebSocket } from 'ws'
import { type Chat, openChat } from './chat.ts'

export interface TestChat extends AsyncDisposable {
  readonly chat: Chat
  readonly port: number
  /** The state directory. */
  readonly directory: string
  /** What reached the session. */
  readonly events: readonly OutgoingEvent[]
  /** Lines of the log, as `level: message`. */
  readonly log: readonly string[]
  /** Replaces the session; `undefined` brings the array back. */
  emit: Emit | undefined
}

export interface TestChatOptions {
  readonly port?: number
  readonly receipts?: boolean
  readonly html?: string
  readonly keepDays?: number
  /** Runs before the chat opens, on its empty state directory. */
  readonly prepare?: (directory: string) => Promise<void>
}

export async function openTestChat(options: TestChatOptions = {}): Promise<TestChat> {
  const temp = await createTempDirectory('backchannel-fakechat-')
  await options.prepare?.(temp.path)
  const ended = new AbortController()
  const events: OutgoingEvent[] = []
  const log: string[] = []
  const write = (level: string) => (message: string) => void log.push(`${level}: ${message}`)
  const collect: Emit = async (event) => {
    events.push(event)
    return { eventId: event.eventId ?? 'none', duplicate: false }
  }
  const chat = await openChat(
    {
      emit: (event) => (test.emit ?? collect)(event),
      log: { info: write('info'), warn: write('warn'), error: write('error') },
      signal: ended.signal,
      source: 'fakechat',
      receipts: options.receipts ?? false,
    },
    { port: options.port ?? 0, directory: temp.path, keepDays: options.keepDays ?? 0 },
    options.html ?? '<!doctype html><title>page</title>',
  )
  const test: TestChat = {
    chat,
    port: Number(new URL(chat.url).port),
    directory: temp.path,
    events,
    log,
    emit: undefined,
    async [Symbol.asyncDispose]() {
      ended.abort()
      await chat.close()
      await temp.remove()
    },
  }
  return test
}

export interface TestSocket extends AsyncDisposable {
  /** Parsed frames, in order. */
  readonly frames: readonly { readonly type: string; readonly [key: string]: unknown }[]
  send(frame: unknown): void
  sendRaw(data: string | Buffer): void
  /** The next frame of a type that no earlier call has returned. */
  next(type: string): Promise<{ readonly [key: string]: unknown }>
  /** The code it was closed with. */
  readonly closed: Promise<number>
}

/** A WebSocket client, greeted already. @throws Error with the status when the upgrade is refused. */
export async function connectSocket(port: number, headers: Record<string, string> = {}): Promise<TestSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers })
  const frames: { type: string; [key: string]: unknown }[] = []
  const taken = new Set<object>()
  const closed = once(socket, 'close').then(([code]) => code as number)
  closed.catch(() => {})
  socket.on('message', (data) => frames.push(JSON.parse(String(data))))
  await once(socket, 'open')
  socket.on('error', () => {})
  const test: TestSocket = {
    frames,
    send: (frame) => socket.send(JSON.stringify(frame)),
    sendRaw: (data) => socket.send(data),
    async next(type) {
      const frame = await waitFor(() => frames.find((one) => one.type === type && !taken.has(one)), {
        what: `a frame of type "${type}"`,
      })
      taken.add(frame)
      return frame
    },
    closed,
    async [Symbol.asyncDispose]() {
      socket.terminate()
      await closed.catch(() => {})
    },
  }
  await test.next('hello')
  return test
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** A request with exactly these headers: `fetch` would not let a test set `Host` or `Origin`. */
export async function ask(
  port: number,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string | Buffer; host?: string } = {},
): Promise<Answer> {
  const { method = 'GET', headers = {}, body, host = '127.0.0.1' } = options
  const asked = request({ host, port, path, method, headers, agent: false })
  const answered = once(asked, 'response') as Promise<[IncomingMessage]>
  asked.end(body)
  const [response] = await answered
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() }
}

/** Multipart form data; a part is a field's text or a file. */
export function form(parts: Record<string, string | File | readonly File[]>): FormData {
  const data = new FormData()
  for (const [name, part] of Object.entries(parts)) {
    for (const one of Array.isArray(part) ? part : [part]) data.append(name, one as string)
  }
  return data
}

export async function upload(port: number, body: FormData): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/upload`, { method: 'POST', body })
}
