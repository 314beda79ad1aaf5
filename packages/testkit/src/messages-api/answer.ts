/** Sends an answer of the API: a document, an error, or a stream that may break. */
import type { ServerResponse } from 'node:http'
import { type Rendering, renderMessage, renderStream, type StreamEvent } from './render.ts'
import type { ApiError, ModelReply } from './types.ts'

export function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

export function sendError(response: ServerResponse, { status, type, message, headers }: ApiError): void {
  const requestId = String(response.getHeader('request-id') ?? '')
  sendJson(response, status, { type: 'error', error: { type, message }, request_id: requestId }, headers)
}

export function sendReply(response: ServerResponse, reply: ModelReply, rendering: Rendering, stream: boolean): void {
  if (stream) sendStream(response, reply, rendering)
  else if (reply.breaks === undefined) sendJson(response, 200, renderMessage(reply, rendering))
  else sendError(response, { status: 529, type: 'overloaded_error', message: 'Overloaded' })
}

function sendStream(response: ServerResponse, reply: ModelReply, rendering: Rendering): void {
  const { breaks } = reply
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  for (const event of renderStream(reply, rendering, breaks === undefined ? undefined : 0)) write(response, event)
  if (breaks === 'cut') {
    // Once what was written is on its way; a reset must not overtake it.
    response.write('', () => response.destroy())
    return
  }
  if (breaks !== undefined) write(response, { type: 'error', error: { type: breaks.type, message: breaks.message } })
  response.end()
}

function write(response: ServerResponse, event: StreamEvent): void {
  response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
}
