/** Which request goes where: sources, the built-in one, the stream of replies and the help. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Emit } from '@backchannel/channel'
import { sendJson, sendText } from '@backchannel/channel/http'
import type { Approvals } from './approvals/approvals.ts'
import { assertMethod, findPart } from './approvals/parts.ts'
import { LISTENERS, STREAM_HEADERS } from './event-stream.ts'
import { renderHelp } from './help.ts'
import { type ReadRequestBody, toPlainEvent } from './inbound.ts'
import type { Receive } from './intake/receive.ts'
import { assertLocal } from './local.ts'
import type { ReplyStream } from './outbound.ts'
import { RequestError } from './request-error.ts'
import { foldPath } from './sources/parse.ts'
import type { Source, Sources } from './sources/source.ts'
import type { SourceStore } from './sources/store.ts'

export interface RouteOptions {
  readonly emit: Emit
  readonly stream: ReplyStream
  readonly sources: Pick<SourceStore, 'current'>
  readonly readBody: ReadRequestBody
  readonly receive: Receive
  readonly approvals: Pick<Approvals, 'handle'>
  /** Whether the server listens beyond loopback. */
  readonly exposed: boolean
}

/** Answers a request, or throws why it does not. */
export type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>

export function createRoutes(options: RouteOptions): Handle {
  const { stream, exposed, readBody } = options
  return async (request, response) => {
    const [path = '/'] = (request.url ?? '/').split('?', 1)
    const current = options.sources.current()
    const sources = current instanceof Promise ? await current : current
    const asked = sources.broken ? undefined : findPart(path, sources)
    if (asked) {
      assertMethod(asked.part, request)
      return options.approvals.handle(asked.part, { request, response, source: asked.source, readBody })
    }
    if (request.method === 'POST') return post(request, response, path, sources, options)
    assertLocal(request, { exposed, allowNavigation: path === '/' })
    const route = `${request.method} ${path}`
    if (route === 'GET /' || route === 'HEAD /') {
      sendText(response, 200, renderHelp(`http://${request.headers.host}`))
    } else if (route === 'HEAD /events') {
      response.writeHead(200, STREAM_HEADERS).end()
    } else if (route === 'GET /events') {
      if (!stream.add(response)) throw tooManyListeners()
    } else {
      throw wrongMethod(request.method ?? '', path)
    }
  }
}

async function post(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  sources: Sources,
  { emit, readBody, receive, exposed }: RouteOptions,
): Promise<void> {
  if (sources.broken) throw brokenSources()
  const source = sources.byPath.get(path)
  if (source?.scheme.signed) return receive(request, response, source)
  if (source && exposed) throw unsigned(source)
  // Nobody proves anything from here on.
  if (source || sources.takesOthers) assertLocal(request, { exposed })
  if (source) return receive(request, response, source)
  assertKnown(path, sources, exposed)
  const { eventId, duplicate } = await emit(toPlainEvent(request, await readBody(request)))
  sendJson(response, 202, { ok: true, event_id: eventId, ...(duplicate ? { duplicate } : {}) })
}

/** A path that only looks like a source's must not get in as one that nobody proves. */
function assertKnown(path: string, { byPath, takesOthers }: Sources, exposed: boolean): void {
  const meant = [...byPath.keys()].find((known) => foldPath(known) === foldPath(decodePath(path)))
  if (takesOthers && !exposed && meant === undefined) return
  const hint = meant === undefined ? '`backchannel webhook list` shows the paths there are.' : `Send it to ${meant}.`
  throw new RequestError(404, 'source-unknown', 'No source has this path.', { hint })
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function brokenSources(): RequestError {
  const message = "The channel's file of sources can't be read, so nothing is taken."
  return new RequestError(503, 'settings-invalid', message, {
    hint: "The channel's log in the session says what is wrong with it.",
    headers: { 'retry-after': '30' },
  })
}

function unsigned({ name }: Source): RequestError {
  const message = `The source "${name}" has no secret, and the channel can be reached from other machines.`
  return new RequestError(403, 'request-refused', message, { hint: 'Give the source a scheme with a secret.' })
}

function tooManyListeners(): RequestError {
  return new RequestError(503, 'request-refused', `${LISTENERS} listeners are connected, which is the most.`, {
    hint: 'Close one of them first.',
    headers: { 'retry-after': '5' },
  })
}

function wrongMethod(method: string, path: string): RequestError {
  const readable = path === '/' || path === '/events'
  return new RequestError(405, 'request-invalid', `${method} is not taken here.`, {
    hint: 'POST what the agent should read; GET /events streams its replies.',
    headers: { allow: readable ? 'GET, HEAD, POST' : 'POST' },
  })
}
