/** Session control from a chat (contract 8, feature `control`). */
import * as v from 'valibot'
import { type Read, read } from './read.ts'

export type ControlAction = 'interrupt' | 'clear' | 'compact' | 'status'
export interface Control {
  readonly action: ControlAction
  /** The sender who asks. */
  readonly by: string
}

const controlSchema = v.looseObject({
  action: v.picklist(['interrupt', 'clear', 'compact', 'status']),
  by: v.string(),
})

export function parseControl(params: unknown): Read<Control> {
  const result = read(controlSchema, params)
  if (!result.ok) return result
  return {
    ok: true,
    value: { action: result.value.action, by: result.value.by },
  }
}

export function renderControl(control: Control): Record<string, unknown> {
  return { action: control.action, by: control.by }
}
