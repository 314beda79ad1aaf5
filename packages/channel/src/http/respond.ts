/** Whole answers with an explicit length, which nobody stores and no browser takes for something else. */
import type { ServerResponse } from 'node:http'

/** Names in lower case; they replace the defaults. */
export type ResponseHeaders = Readonly<Record<string, string>>

/** Sends `body` as JSON with a line end, pleasant in a terminal. Does nothing when an answer was already begun. */
export function sendJson(response: ServerResponse, status: number, body: unknown, headers?: ResponseHeaders): void {
  send(response, status, 'application/json; charset=utf-8', `${JSON.stringify(body)}\n`, headers)
}

/** Sends `text` as it is, as `text/plain` unless `headers` says otherwise. Does nothing when an answer was begun. */
export function sendText(response: ServerResponse, status: number, text: string, headers?: ResponseHeaders): void {
  send(response, status, 'text/plain; charset=utf-8', text, headers)
}

function send(
  response: ServerResponse,
  status: number,
  type: string,
  text: string,
  headers: ResponseHeaders = {},
): void {
  if (response.headersSent) return
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    ...headers,
  })
  response.end(text)
}
