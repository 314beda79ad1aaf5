/**
 * The operator's word to a running channel about who may do what there (extension, feature `access`): a request over the
 * pipe, which no script on the machine can send in the operator's name, as it could by editing a file.
 */
import * as v from 'valibot'
import { type Read, read } from './read.ts'

export interface AccessRequest {
  /** As typed after `/NAME:access`: `['pair', 'a1b2c3']`. */
  readonly args: readonly string[]
}
export interface AccessResult {
  /** Whether it was done. */
  readonly ok: boolean
  /** What the operator reads; several lines at most. */
  readonly text: string
  /**
   * The same text as long as the same senders may approve: a host that starts the channel's process again in a session sees
   * by it whether somebody changed the list behind the operator's back.
   */
  readonly approvers?: string
}

const requestSchema = v.looseObject({ args: v.array(v.string()) })
const resultSchema = v.looseObject({ ok: v.boolean(), text: v.string(), approvers: v.optional(v.string()) })

export function parseAccessRequest(params: unknown): Read<AccessRequest> {
  const result = read(requestSchema, params)
  return result.ok ? { ok: true, value: { args: result.value.args } } : result
}

export function renderAccessRequest({ args }: AccessRequest): Record<string, unknown> {
  return { args: [...args] }
}

export function parseAccessResult(value: unknown): Read<AccessResult> {
  const result = read(resultSchema, value)
  if (!result.ok) return result
  const { ok, text, approvers } = result.value
  return { ok: true, value: { ok, text, ...(approvers === undefined ? {} : { approvers }) } }
}

export function renderAccessResult({ ok, text, approvers }: AccessResult): Record<string, unknown> {
  return { ok, text, ...(approvers === undefined ? {} : { approvers }) }
}
