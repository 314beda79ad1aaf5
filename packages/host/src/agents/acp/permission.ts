/** A permission that the agent asks for, answered by the host's rules and by people: once, never for more than this call. */
import { isRecord } from '@backchannel/protocol'
import type { AgentTurn } from '../agent.ts'
import type { Calls } from './calls.ts'

export interface PermissionRequest {
  readonly params: unknown
  /** Aborts when the agent withdraws it. */
  readonly signal: AbortSignal
  readonly turn: Pick<AgentTurn, 'requestPermission' | 'approvePlan' | 'say'>
  readonly calls: Pick<Calls, 'ask'>
  /** Whether a tool is the host's: those calls are judged where they are run. */
  isOwn(name: string): boolean
  /** Whether a call writes the agent's plan into a file of its own, which is what mode `plan` is for. */
  isPlanFile(name: string, input: Readonly<Record<string, unknown>>): boolean
  /** The agent passes the words of a failed request on to its model. */
  readonly readsRefusals: boolean
}

/** Goes to the agent as the error of its request. */
export class Refusal {
  readonly words: string
  constructor(words: string) {
    this.words = words
  }
}

interface Option {
  readonly optionId: string
  readonly kind: string
}

export const CANCELLED = { outcome: { outcome: 'cancelled' } } as const

/**
 * What the agent is answered, or, for one that takes it, a refusal in words: a choice of an option says no reason. Never
 * rejects: what cannot be asked any more is cancelled.
 */
export async function answerPermission(request: PermissionRequest): Promise<object | Refusal> {
  const { params, signal, turn, calls, isOwn, isPlanFile, readsRefusals } = request
  const given = isRecord(params) ? params : {}
  const options = readOptions(given['options'])
  const { name, title, kind, input } = calls.ask(given['toolCall'])
  const refuse = (words: string) => (readsRefusals ? new Refusal(words) : select(options, 'reject'))
  if (isOwn(name) || isPlanFile(name, input)) return select(options, 'allow')
  try {
    // To begin planning is of the same kind, and needs no plan.
    if (kind === 'switch_mode' && name !== 'EnterPlanMode') {
      const plan = typeof input['plan'] === 'string' ? input['plan'] : title
      const verdict = await turn.approvePlan(plan, signal)
      return verdict.approved ? select(options, 'allow') : refuse(verdict.feedback)
    }
    const permission = await turn.requestPermission({ tool: name, input }, signal)
    if (permission.behavior === 'deny') return refuse(permission.message)
    if (!options.some((option) => option.kind === 'allow_once'))
      turn.say(`(${name} was allowed once, but the agent offers that only for good, so it was not.)`)
    return select(options, 'allow')
  } catch {
    return CANCELLED
  }
}

/** By kind, whatever the option is called: a standing permission is never given, nor is a standing refusal. */
function select(options: readonly Option[], behavior: 'allow' | 'reject'): object {
  const wanted = options.find(({ kind }) => kind === `${behavior}_once`)
  const chosen = wanted ?? options.find(({ kind }) => kind === 'reject_once')
  return chosen ? { outcome: { outcome: 'selected', optionId: chosen.optionId } } : CANCELLED
}

function readOptions(value: unknown): Option[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((option) => {
    const { optionId, kind } = isRecord(option) ? option : {}
    return typeof optionId === 'string' && typeof kind === 'string' ? [{ optionId, kind }] : []
  })
}
