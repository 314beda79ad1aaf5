/** What was allowed for the rest of a session: the same command, the same file, the same tool with the same target. */
import { digestCall } from './frozen-call.ts'

export interface Allowance {
  readonly tool: string
  /** For people: the command, the file, or the tool alone. */
  readonly what: string
  /** Who allowed it. */
  readonly by: string
}

export interface Allowances {
  add(tool: string, input: Readonly<Record<string, unknown>>, by: string): void
  find(tool: string, input: Readonly<Record<string, unknown>>): Allowance | undefined
  list(): readonly Allowance[]
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
  return {
    add(tool, input, by) {
      if (known.size >= MOST) return
      const what = input['command'] ?? input['file_path'] ?? input['path'] ?? tool
      known.set(keyOf(tool, input), { tool, what: String(what), by })
    },
    find: (tool, input) => known.get(keyOf(tool, input)),
    list: () => [...known.values()],
  }
}

function keyOf(tool: string, input: Readonly<Record<string, unknown>>): string {
  return digestCall(tool, Object.fromEntries(Object.entries(input).filter(([key]) => !SAID.has(key))))
}
