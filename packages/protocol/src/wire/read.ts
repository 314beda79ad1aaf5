/** Reading from the wire: unknown input becomes a typed value or a sentence that says what was wrong. */
import * as v from 'valibot'

export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string }

/** Applies a schema; the problem names the field, what was expected and what came. */
export function read<T>(schema: v.GenericSchema<unknown, T>, input: unknown): Read<T> {
  const result = v.safeParse(schema, input, { abortEarly: true })
  if (result.success) return { ok: true, value: result.output }
  const issue = result.issues[0]
  const field = v.getDotPath(issue) ?? 'params'
  return {
    ok: false,
    problem: `"${field}": expected ${issue.expected ?? 'another value'}, got ${clip(issue.received)}`,
  }
}

/** Hostile values must not flood a notice. */
function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
