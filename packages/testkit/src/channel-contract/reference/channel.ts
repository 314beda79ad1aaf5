/**
 * A small channel by hand, straight from the contract and with none of our kit in it: what the suite passes, and with
 * `FAULT` set, what it must catch. `POST /` becomes an event; `GET /?chat_id=…` waits for the reply.
 */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import type { Fault } from './faults.ts'
import { check, complete, readEntries, store } from './journal.ts'

const faulty = (fault: Fault) => process.env['FAULT'] === fault
const REVISIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05', '2024-10-07']

const EVENT = 'notifications/claude/channel'
const readers = new Map<string, ServerResponse>()
let receipts = false
let eventIds = false
let started = false
let count = 0

const send = (message: object) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const fail = (id: unknown, code: number, message: string) => send({ id, error: { code, message } })

if (faulty('writes-to-home')) writeFileSync(`${process.env['HOME']}/state.json`, '{}')

// --- lines in

let rest = Buffer.alloc(0)
process.stdin.on('data', (chunk: Buffer) => {
  const bytes = faulty('takes-chunks-for-lines') ? Buffer.concat([chunk, Buffer.from('\n')]) : chunk
  const lines = Buffer.concat([rest, bytes]).toString('latin1').split('\n')
  rest = Buffer.from(lines.pop() ?? '', 'latin1')
  for (const line of lines) takeLine(Buffer.from(line, 'latin1').toString('utf8'))
})

function takeLine(line: string): void {
  if (line.trim() === '') return
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    fail(null, faulty('parse-error-is-invalid-request') ? -32600 : -32700, 'Parse error')
    return
  }
  if (Array.isArray(value) && faulty('dies-of-arrays')) throw new Error('not an object')
  const { id, method, params } = (value ?? {}) as { id?: unknown; method?: unknown; params?: unknown }
  if (typeof method !== 'string') return
  if (typeof id === 'string' || typeof id === 'number') answer(id, method, params ?? {})
  else if (id === undefined) notice(method, (params ?? {}) as Record<string, unknown>)
}

// biome-ignore lint/suspicious/noExplicitAny: the shape of params is looked at where it is used
function answer(id: string | number, method: string, params: any): void {
  switch (method) {
    case 'initialize':
      return void send({ id, result: initialize(params) })
    case 'ping':
      return void send({ id, result: faulty('ping-answered-with-null') ? null : {} })
    case 'tools/list':
      return void send({ id, result: { tools: faulty('check-not-listed') ? [REPLY] : [REPLY, CHECK] } })
    case 'tools/call':
      return void send({ id, result: call(params.name, params.arguments ?? {}) })
    case 'server/discover':
      if (faulty('answers-discover')) return void send({ id, result: { supportedVersions: REVISIONS } })
  }
  if (faulty('unknown-method-answered')) send({ id, result: {} })
  else fail(id, -32601, 'Method not found')
}

function notice(method: string, params: Record<string, unknown>): void {
  if (faulty('answers-notifications')) fail(null, -32601, 'Method not found')
  if (method === 'notifications/initialized' && (!receipts || faulty('starts-on-initialized'))) void start()
  if (method === 'notifications/backchannel/receipt') complete(String(params['event_id']))
  if (method !== 'notifications/backchannel/registration' || !receipts) return
  const registered = params['state'] === 'registered' && typeof params['source'] === 'string'
  if (registered || faulty('starts-when-refused')) void start()
}

// --- handshake and tools

// biome-ignore lint/suspicious/noExplicitAny: whatever a host sends is looked at where it is used
function initialize(params: any): object {
  const extension = params.capabilities?.experimental?.['backchannel/channel']
  const listed = extension?.features?.includes('receipts') === true
  receipts = listed && extension.version === 1
  eventIds = receipts || faulty('event-id-for-everybody') || (listed && faulty('ignores-extension-version'))
  if (faulty('starts-on-initialize')) void start()
  const asked = REVISIONS.find((revision) => revision === params.protocolVersion)
  const agreed = faulty('knows-one-revision') ? REVISIONS[0] : (asked ?? REVISIONS[0])
  return {
    protocolVersion: faulty('agrees-to-any-revision') ? params.protocolVersion : agreed,
    capabilities: {
      experimental: { 'claude/channel': faulty('capability-is-true') ? true : {} },
      tools: faulty('tools-list-changed') ? { listChanged: true } : {},
    },
    serverInfo: { name: 'reference', version: '1.0.0' },
    ...(faulty('no-instructions') ? {} : { instructions: 'Answer with the reply tool; pass chat_id back.' }),
  }
}

const REPLY = {
  name: 'reply',
  description: faulty('tool-without-description') ? '' : 'Answer the person who wrote.',
  inputSchema: {
    type: 'object',
    properties: { chat_id: { type: 'string' }, text: { type: 'string' } },
    required: ['chat_id', 'text'],
  },
}

const CHECK = { name: 'check_messages', description: 'Read what waits.', inputSchema: { type: 'object' } }

function call(name: unknown, input: Record<string, unknown>): object {
  const result = (text: string, isError = false) => ({ content: [{ type: 'text', text }], isError })
  if (name === 'check_messages') return result(check(started))
  if (name !== 'reply') return result('unknown tool', !faulty('takes-unknown-tools'))
  for (const field of ['chat_id', 'text']) {
    if (typeof input[field] === 'string') continue
    if (faulty('takes-any-arguments')) return result('sent')
    return result(faulty('vague-about-arguments') ? 'bad arguments' : `"${field}" must be a string`, true)
  }
  if (faulty('reply-fails')) return result('the chat is gone', true)
  readers.get(String(input['chat_id']))?.end(input['text'])
  return result('sent')
}

// --- events

async function start(): Promise<void> {
  if (started) return
  started = true
  const server = createServer(async (request, response) => {
    const chat = new URL(request.url ?? '/', 'http://localhost').searchParams.get('chat_id')
    if (chat !== null) {
      readers.set(chat, response.writeHead(200))
      response.flushHeaders()
      return
    }
    await emit(await text(request))
    response.end()
  })
  server.listen({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  process.stderr.write(`listening on port ${(server.address() as AddressInfo).port}\n`)
  if (faulty('prints-to-stdout')) process.stdout.write('listening\n')
  // Only a host with receipts says when an event is done; towards any other nothing is kept.
  for (const { content, meta, id } of receipts ? readEntries() : []) {
    send({ method: EVENT, params: { content, meta: { ...meta, redelivered: 'true' }, event_id: id } })
  }
  if (faulty('tells-stock-hosts')) send({ method: 'notifications/backchannel/control', params: { action: 'status' } })
}

async function emit(content: string): Promise<void> {
  count += 1
  if (faulty('dies-when-full') && process.stdout.writableNeedDrain) process.exit(0)
  if (faulty('drops-when-full') && process.stdout.writableNeedDrain) return
  const params = {
    content: faulty('trims-content') ? content.trim() : content,
    meta: {
      chat_id: 'c1',
      ...(faulty('meta-key-with-hyphen') ? { 'message-id': '1' } : {}),
      ...(faulty('meta-value-is-number') ? { number: 1 } : {}),
    },
    ...(faulty('extra-param') ? { priority: 'high' } : {}),
    ...eventId(),
  }
  if (receipts) store({ content, meta: params.meta, id: String((params as { event_id?: unknown }).event_id) })
  const write = () => send({ method: EVENT, params })
  if (faulty('emits-twice')) write()
  if (!write()) await once(process.stdout, 'drain')
}

function eventId(): object {
  if (faulty('event-id-missing') || !eventIds) return {}
  return { event_id: faulty('event-id-repeated') ? 'e' : `e${count}` }
}

// --- the end

async function end(status: number, slowly: boolean): Promise<void> {
  if (slowly) await delay(1_300)
  process.exit(status)
}

process.stdin.on('end', () => void end(0, faulty('slow-at-eof')))
process.on('SIGTERM', () => void end(faulty('status-1-on-sigterm') ? 1 : 0, false))
if (!faulty('no-handler-of-sigint')) process.on('SIGINT', () => void end(0, false))
process.stdout.on('error', () => void end(0, faulty('slow-at-closed-pipe')))
