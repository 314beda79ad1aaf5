/** Reading from the wire: unknown input becomes a typed value or a sentence that says what was wrong. */
import * as v from 'valibot'
import { clip } from '../quote.ts'

export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string }

/** Applies a schema; the problem names the field, what was expected and what came. */
export function read<T>(schema: v.GenericSchema<unknown, T>, input: unknown): Read<T> {
  // To valibot a list is an object; JSON-RPC params by position are none of this contract.
  if (Array.isArray(input)) return { ok: false, problem: '"params": expected Object, got Array' }
  const result = v.safeParse(schema, input, { abortEarly: true })
  if (result.success) return { ok: true, value: result.output }
  const issue = result.issues[0]
  const field = v.getDotPath(issue) ?? 'params'
  if (issue.received === 'undefined' && issue.path !== undefined) return { ok: false, problem: `"${field}" is missing` }
  return {
    ok: false,
    problem: `"${field}": expected ${issue.expected ?? 'another value'}, got ${clip(issue.received)}`,
  }
}
