/**
 * The operator's word to a running channel (extension, feature `access`): who may do what there, and its settings. A
 * request over the pipe, which no script on the machine can send in the operator's name, as it could by editing a file.
 */
import * as v from 'valibot'
import { type Read, read } from './read.ts'

export interface AccessRequest {
  /** As typed after `/NAME:access`: `['pair', 'a1b2c3']`. */
  readonly args: readonly string[]
}
export interface ConfigureRequest {
  /** As typed after `/NAME:configure`: `['token']`. */
  readonly args: readonly string[]
  /** What the operator typed without it being shown, after an answer that asked for it. */
  readonly secret?: string
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
  /** Set where a secret is needed first: what to ask for. The same request comes again with it. */
  readonly ask?: string
}

export interface CompletionRequest {
  readonly command: 'access' | 'configure'
  /** The words that were typed; the last one is what is to be completed, and may be empty. */
  readonly args: readonly string[]
}
export interface CompletionChoice {
  readonly value: string
  /** What it means; may be empty. */
  readonly summary: string
}

const args = v.array(v.string())
const accessSchema = v.looseObject({ args })
const configureSchema = v.looseObject({ args, secret: v.optional(v.string()) })
const resultSchema = v.looseObject({
  ok: v.boolean(),
  text: v.string(),
  ask: v.optional(v.string()),
  approvers: v.optional(v.string()),
})
const completionSchema = v.looseObject({ command: v.picklist(['access', 'configure']), args })
const choicesSchema = v.looseObject({
  choices: v.array(v.looseObject({ value: v.string(), summary: v.optional(v.string()) })),
})

export function parseAccessRequest(params: unknown): Read<AccessRequest> {
  const result = read(accessSchema, params)
  return result.ok ? { ok: true, value: { args: result.value.args } } : result
}

export function renderAccessRequest({ args }: AccessRequest): Record<string, unknown> {
  return { args: [...args] }
}

export function parseConfigureRequest(params: unknown): Read<ConfigureRequest> {
  const result = read(configureSchema, params)
  if (!result.ok) return result
  const { args, secret } = result.value
  return { ok: true, value: { args, ...(secret === undefined ? {} : { secret }) } }
}

export function renderConfigureRequest({ args, secret }: ConfigureRequest): Record<string, unknown> {
  return { args: [...args], ...(secret === undefined ? {} : { secret }) }
}

export function parseAccessResult(value: unknown): Read<AccessResult> {
  const result = read(resultSchema, value)
  if (!result.ok) return result
  const { ok, text, ask, approvers } = result.value
  return {
    ok: true,
    value: { ok, text, ...(ask === undefined ? {} : { ask }), ...(approvers === undefined ? {} : { approvers }) },
  }
}

export function renderAccessResult({ ok, text, ask, approvers }: AccessResult): Record<string, unknown> {
  return { ok, text, ...(ask === undefined ? {} : { ask }), ...(approvers === undefined ? {} : { approvers }) }
}

export function parseCompletionRequest(params: unknown): Read<CompletionRequest> {
  const result = read(completionSchema, params)
  return result.ok ? { ok: true, value: { command: result.value.command, args: result.value.args } } : result
}

export function renderCompletionRequest({ command, args }: CompletionRequest): Record<string, unknown> {
  return { command, args: [...args] }
}

export function parseCompletionResult(value: unknown): Read<readonly CompletionChoice[]> {
  const result = read(choicesSchema, value)
  if (!result.ok) return result
  return { ok: true, value: result.value.choices.map(({ value, summary = '' }) => ({ value, summary })) }
}

export function renderCompletionResult(choices: readonly CompletionChoice[]): Record<string, unknown> {
  return { choices: choices.map(({ value, summary }) => ({ value, summary })) }
}
