/** What a tool of the host is: its schema, the check of its arguments, words for a prompt, and what it does. */
import { BackchannelError } from '@backchannel/protocol'
import type { AgentTool, ToolOutcome } from '../agents/agent.ts'
import type { Place } from '../permissions/paths.ts'

export interface ToolContext {
  readonly cwd: string
  readonly home: string
  /** The host's own environment; what a command sees of it is chosen. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  /** The file or folder that was judged. What lies elsewhere by now is not touched. */
  readonly place?: Place
  readonly signal: AbortSignal
}

export type ToolInput = Readonly<Record<string, unknown>>

export interface BuiltInTool extends AgentTool {
  /** @throws BackchannelError `arguments-invalid` */
  check(input: ToolInput): void
  /** One line for a prompt: what the call is for, not its arguments. */
  describeCall(input: ToolInput): string
  /**
   * Called with arguments that passed {@link check}, and only once the call is allowed.
   * @throws BackchannelError with what failed
   */
  run(input: ToolInput, context: ToolContext): Promise<ToolOutcome>
}

/** @throws BackchannelError `arguments-invalid` where it is missing, empty or no string */
export function textArgument(input: ToolInput, name: string, fallback?: string): string {
  const value = input[name] ?? fallback
  if (typeof value === 'string' && value !== '') return value
  throw invalid(`"${name}": expected a string, got ${value === '' ? 'an empty one' : typeof value}.`)
}

export function invalid(message: string, hint = 'Look at the schema of the tool and call it again.'): BackchannelError {
  return new BackchannelError('arguments-invalid', message, { hint })
}
