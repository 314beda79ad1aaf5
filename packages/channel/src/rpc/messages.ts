/** JSON-RPC 2.0 as MCP writes it: one JSON object a line. */
import { isRecord } from '@backchannel/protocol'

export type RequestId = string | number

export type Incoming =
  | { readonly kind: 'request'; readonly id: RequestId; readonly method: string; readonly params: unknown }
  | { readonly kind: 'notification'; readonly method: string; readonly params: unknown }
  | { readonly kind: 'response'; readonly id: RequestId | undefined }
  | { readonly kind: 'invalid'; readonly code: number; readonly problem: string }

export const PARSE_ERROR = -32700
export const INVALID_REQUEST = -32600
export const METHOD_NOT_FOUND = -32601
export const INVALID_PARAMS = -32602

/** Sorts one line; never throws. */
export function parseMessage(line: string): Incoming {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return { kind: 'invalid', code: PARSE_ERROR, problem: 'Parse error: the line is not JSON' }
  }
  if (!isRecord(value)) return invalid('expected one JSON-RPC object a line')
  const { id, method, params } = value
  const hasId = typeof id === 'string' || typeof id === 'number'
  if (typeof method === 'string') {
    if (hasId) return { kind: 'request', id, method, params }
    return id === undefined ? { kind: 'notification', method, params } : invalid('"id" must be a string or a number')
  }
  // Whatever its id: an answer to an answer could go back and forth for ever.
  if (Object.hasOwn(value, 'result') || Object.hasOwn(value, 'error'))
    return { kind: 'response', id: hasId ? id : undefined }
  return invalid('"method" must be a string')
}

export function renderResult(id: RequestId, result: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id, result })
}

export function renderFailure(id: RequestId | null, code: number, message: string): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } })
}

export function renderNotification(method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', method, params })
}

function invalid(problem: string): Incoming {
  return { kind: 'invalid', code: INVALID_REQUEST, problem: `Invalid request: ${problem}` }
}
