/** Permission relay on the wire (contract 5), with `origin` and `permission_resolved` of the extension (contract 8). */
import * as v from 'valibot'
import { REQUEST_ID_PATTERN } from '../request-id.ts'
import type { Behavior } from '../verdict.ts'
import { type Origin, originSchema, renderOrigin } from './origin.ts'
import { type Read, read } from './read.ts'

export interface PermissionRequest {
  readonly requestId: string
  readonly toolName: string
  readonly description: string
  readonly inputPreview: string
  readonly origin?: Origin
}
export interface PermissionVerdict {
  readonly requestId: string
  readonly behavior: Behavior
  /** For the rest of the session; only between peers with the `origin` feature. Default: this call alone. */
  readonly scope?: 'session'
  /** Who decided, as the channel knows the sender; only between peers with the `origin` feature. */
  readonly by?: string
}
export type PermissionOutcome = 'allow' | 'deny' | 'expired' | 'cancelled'
export interface PermissionResolved {
  readonly requestId: string
  readonly outcome: PermissionOutcome
  readonly by: string
}

const requestId = v.pipe(v.string(), v.regex(REQUEST_ID_PATTERN))
const requestSchema = v.looseObject({
  request_id: requestId,
  tool_name: v.string(),
  description: v.string(),
  input_preview: v.string(),
  origin: v.nullish(originSchema),
})
const verdictSchema = v.looseObject({
  request_id: requestId,
  behavior: v.picklist(['allow', 'deny']),
  scope: v.optional(v.unknown()),
  by: v.optional(v.unknown()),
})
const resolvedSchema = v.looseObject({
  request_id: requestId,
  outcome: v.picklist(['allow', 'deny', 'expired', 'cancelled']),
  by: v.string(),
})

export function parsePermissionRequest(params: unknown): Read<PermissionRequest> {
  const result = read(requestSchema, params)
  if (!result.ok) return result
  const { request_id, tool_name, description, input_preview, origin } = result.value
  const base = {
    requestId: request_id,
    toolName: tool_name,
    description,
    inputPreview: input_preview,
  }
  return { ok: true, value: origin ? { ...base, origin } : base }
}

/** `origin` is written only when `withOrigin`: a peer without the feature never sees it. */
export function renderPermissionRequest(request: PermissionRequest, withOrigin: boolean): Record<string, unknown> {
  return {
    request_id: request.requestId,
    tool_name: request.toolName,
    description: request.description,
    input_preview: request.inputPreview,
    ...(withOrigin && request.origin !== undefined ? { origin: renderOrigin(request.origin) } : {}),
  }
}

export function parsePermissionVerdict(params: unknown): Read<PermissionVerdict> {
  const result = read(verdictSchema, params)
  if (!result.ok) return result
  const { request_id, behavior, scope, by } = result.value
  return {
    ok: true,
    value: {
      requestId: request_id,
      behavior,
      // Anything else means this call alone: the narrower reading of what was not understood.
      ...(scope === 'session' ? { scope } : {}),
      ...(typeof by === 'string' ? { by } : {}),
    },
  }
}

/** `scope` and `by` are written only when `extended`: a peer without the `origin` feature never sees them. */
export function renderPermissionVerdict(verdict: PermissionVerdict, extended: boolean): Record<string, unknown> {
  const { requestId, behavior, scope, by } = verdict
  return {
    request_id: requestId,
    behavior,
    ...(extended && scope !== undefined ? { scope } : {}),
    ...(extended && by !== undefined ? { by } : {}),
  }
}

export function parsePermissionResolved(params: unknown): Read<PermissionResolved> {
  const result = read(resolvedSchema, params)
  if (!result.ok) return result
  return {
    ok: true,
    value: {
      requestId: result.value.request_id,
      outcome: result.value.outcome,
      by: result.value.by,
    },
  }
}

export function renderPermissionResolved(resolved: PermissionResolved): Record<string, unknown> {
  return {
    request_id: resolved.requestId,
    outcome: resolved.outcome,
    by: resolved.by,
  }
}
