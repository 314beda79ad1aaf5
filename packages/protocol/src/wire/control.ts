/** Session control from a chat (contract 8, feature `control`), and what came of it. */
import * as v from 'valibot'
import { type Read, read } from './read.ts'

export type ControlAction = 'interrupt' | 'clear' | 'compact' | 'status'
export interface Control {
  readonly action: ControlAction
  /** The sender who asks. */
  readonly by: string
  /** The channel's own name for this request; its results carry it. */
  readonly controlId?: string
}
export interface ControlResult {
  readonly action: ControlAction
  readonly by: string
  readonly controlId?: string
  /** Whether it was done, or is going to be. */
  readonly ok: boolean
  /** For people: what was done, or why not. */
  readonly text: string
  /** Another result follows, once it is done. */
  readonly pending?: true
}

const actionSchema = v.picklist(['interrupt', 'clear', 'compact', 'status'])
const controlSchema = v.looseObject({
  action: actionSchema,
  by: v.string(),
  control_id: v.nullish(v.string()),
})
const resultSchema = v.looseObject({
  action: actionSchema,
  by: v.string(),
  control_id: v.nullish(v.string()),
  ok: v.boolean(),
  text: v.string(),
  pending: v.nullish(v.boolean()),
})

export function parseControl(params: unknown): Read<Control> {
  const result = read(controlSchema, params)
  if (!result.ok) return result
  const { action, by, control_id } = result.value
  return { ok: true, value: { action, by, ...idOf(control_id) } }
}

export function renderControl({ action, by, controlId }: Control): Record<string, unknown> {
  return { action, by, ...(controlId === undefined ? {} : { control_id: controlId }) }
}

export function parseControlResult(params: unknown): Read<ControlResult> {
  const result = read(resultSchema, params)
  if (!result.ok) return result
  const { action, by, control_id, ok, text, pending } = result.value
  return { ok: true, value: { action, by, ...idOf(control_id), ok, text, ...(pending === true ? { pending } : {}) } }
}

export function renderControlResult(result: ControlResult): Record<string, unknown> {
  const { action, by, controlId, ok, text, pending } = result
  return {
    action,
    by,
    ...(controlId === undefined ? {} : { control_id: controlId }),
    ok,
    text,
    ...(pending === undefined ? {} : { pending }),
  }
}

function idOf(id: string | null | undefined): { controlId?: string } {
  return typeof id === 'string' ? { controlId: id } : {}
}
