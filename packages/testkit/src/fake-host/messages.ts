/** JSON-RPC 2.0 as the fake host reads it: strict, so that a channel's slip is seen and not forgiven. */

export type RpcId = string | number

export type RpcAnswer =
  | { readonly kind: 'result'; readonly id: RpcId; readonly result: unknown }
  | { readonly kind: 'error'; readonly id: RpcId | null; readonly error: RpcFailure }

export type RpcMessage =
  | { readonly kind: 'request'; readonly id: RpcId; readonly method: string; readonly params: unknown }
  | { readonly kind: 'notification'; readonly method: string; readonly params: unknown }
  | RpcAnswer

export interface RpcFailure {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

/** The channel answered a request with an error. */
export class RpcError extends Error {
  readonly code: number
  readonly data: unknown

  constructor(method: string, failure: RpcFailure) {
    super(`${method} was answered with error ${failure.code}: ${failure.message}`)
    this.name = 'RpcError'
    this.code = failure.code
    this.data = failure.data
  }
}

/** Reads one line; `undefined` if it is no JSON-RPC 2.0 object. */
export function readRpcMessage(line: string): RpcMessage | undefined {
  const value = parse(line)
  if (!isObject(value) || value['jsonrpc'] !== '2.0') return undefined
  const { id, method, params } = value
  if (typeof method === 'string') {
    if (!('id' in value)) return { kind: 'notification', method, params }
    return isId(id) ? { kind: 'request', id, method, params } : undefined
  }
  const { result, error } = value
  if ('result' in value === 'error' in value) return undefined
  if ('result' in value) return isId(id) ? { kind: 'result', id, result } : undefined
  return (isId(id) || id === null) && isFailure(error) ? { kind: 'error', id, error } : undefined
}

/** True for anything that `{}` could be read from by key: no array, no null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function isId(value: unknown): value is RpcId {
  return typeof value === 'string' || typeof value === 'number'
}

function isFailure(value: unknown): value is RpcFailure {
  return isObject(value) && Number.isInteger(value['code']) && typeof value['message'] === 'string'
}
