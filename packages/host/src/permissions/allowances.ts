/** What was allowed for the rest of a session: the same command, the same file, the same tool with the same target. */
import { digestCall } from './frozen-call.ts'
import { renderPreview } from './preview.ts'

export interface Allowance {
  /** By which the operator takes it back; never given twice in a session. */
  readonly number: number
  readonly tool: string
  /** For people, both ends in sight: the command or the file as JSON text, or the tool alone. */
  readonly what: string
  /** Who allowed it. */
  readonly by: string
}

export interface Allowances {
  add(tool: string, input: Readonly<Record<string, unknown>>, by: string): void
  find(tool: string, input: Readonly<Record<string, unknown>>): Allowance | undefined
  list(): readonly Allowance[]
  /** Takes one back. @returns it; `undefined` where there is none */
  remove(number: number): Allowance | undefined
}

/** What a call says, and not what it touches: it may differ from call to call. */
const SAID: ReadonlySet<string> = new Set([
  'text',
  'content',
  'old_string',
  'new_string',
  'old',
  'new',
  'description',
  'timeout',
])
const MOST = 1_000

export function createAllowances(): Allowances {
  const known = new Map<string, Allowance>()
  let last = 0
  return {
    add(tool, input, by) {
      if (known.size >= MOST) return
      const target = input['command'] ?? input['file_path'] ?? input['path']
      last += 1
      const what = target === undefined ? tool : renderPreview(target, 'short')
      known.set(keyOf(tool, input), { number: last, tool, what, by })
    },
    find: (tool, input) => known.get(keyOf(tool, input)),
    list: () => [...known.values()],
    remove(number) {
      const [key, found] = [...known].find(([, allowance]) => allowance.number === number) ?? []
      if (key !== undefined) known.delete(key)
      return found
    },
  }
}

function keyOf(tool: string, input: Readonly<Record<string, unknown>>): string {
  return digestCall(tool, Object.fromEntries(Object.entries(input).filter(([key]) => !SAID.has(key))))
}
