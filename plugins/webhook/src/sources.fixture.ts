/** A webhook server with sources, on a free port, with everything a test wants to see and to send. */
import type { Emit, OutgoingEvent } from '@backchannel/channel'
import { createApprovals } from './approvals/approvals.ts'
import { loadSample } from './commands/samples.ts'
import { createReplyStream } from './outbound.ts'
import { loadTemplateEngine } from './rules/template.ts'
import { startServer, type WebhookServer } from './server.ts'
import { parseSources } from './sources/parse.ts'
import type { Source, Sources } from './sources/source.ts'

export interface Fixture {
  readonly server: WebhookServer
  readonly events: OutgoingEvent[]
  readonly lines: string[]
  /** What the file would say, from the next request on. */
  use(value: object): void
  source(name: string): Source
  /** Signed as the scheme of the source asks; `id` and `secret` as given, else new and the first. */
  send(name: string, options?: SendOptions): Promise<Response>
  url(path: string): string
  close(): Promise<void>
}

export interface SendOptions {
  readonly body?: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
  readonly id?: string
  readonly secret?: string
  readonly now?: number
}

export interface FixtureOptions {
  readonly emit?: Emit
  readonly host?: string
  readonly now?: () => number
}

/** Stores in memory as the journal does: a delivery id that was seen is the first event again. */
export function createMemory(events: OutgoingEvent[]): Emit {
  const known = new Map<string, string>()
  return async (event) => {
    const { deliveryId } = event
    const first = deliveryId === undefined ? undefined : known.get(deliveryId)
    if (first !== undefined) return { eventId: first, duplicate: true }
    const eventId = `id-${events.push(event)}`
    if (deliveryId !== undefined) known.set(deliveryId, eventId)
    return { eventId, duplicate: false }
  }
}

let counter = 0

export async function startFixture(value: object, options: FixtureOptions = {}): Promise<Fixture> {
  const engine = await loadTemplateEngine()
  const session = new AbortController()
  const events: OutgoingEvent[] = []
  const lines: string[] = []
  const note = (message: string) => void lines.push(message)
  const read = (written: object): Sources => parseSources(written, { file: 'sources.json', env: {}, engine })
  let sources = read(value)
  const find = (name: string): Source => {
    const found = [...sources.byPath.values()].find((one) => one.name === name)
    if (found === undefined) throw new Error(`no source "${name}"`)
    return found
  }
  const { host, now = Date.now, emit = createMemory(events) } = options
  const server = await startServer({
    port: 0,
    emit,
    log: { info: note, warn: note, error: note },
    stream: createReplyStream(),
    sources: { current: () => sources },
    approvals: createApprovals('/nowhere/sources.json', now),
    signal: session.signal,
    now,
    ...(host === undefined ? {} : { host }),
  })
  const url = (path: string) => `http://127.0.0.1:${server.port}${path}`
  return {
    server,
    events,
    lines,
    use(written) {
      sources = read(written)
    },
    source: find,
    url,
    async send(name, { body, headers = {}, secret, now: time = now(), ...rest } = {}) {
      const { path, scheme, secrets, settings } = find(name)
      counter += 1
      const id = rest.id ?? `d-${counter}`
      const sample = await loadSample(scheme.name, id)
      const bytes = body === undefined ? sample.body : Buffer.from(body)
      const proof = scheme.sign({ body: bytes, id, now: time }, secret ?? secrets[0] ?? '', settings)
      const all = { ...sample.headers, ...proof, ...headers }
      return fetch(url(path), { method: 'POST', body: new Uint8Array(bytes), headers: all })
    },
    async close() {
      session.abort()
      await server.close()
    },
  }
}
