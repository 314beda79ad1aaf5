/** The answer to `/status`: what the agent does, since when, for how many tokens, and what waits for it. Pure. */
import type { AgentStatus } from '../agents/agent.ts'
import { sanitizeLine } from '../ui/sanitize.ts'
import type { Activity, Doing } from './activity.ts'
import type { AgentUsage } from './agent-life.ts'
import { duration } from './duration.ts'

export interface StatusFacts {
  readonly agent: string
  readonly activity: Pick<Activity, 'running' | 'last'>
  /** What the agent says of itself; absent where it says nothing. */
  readonly own: AgentStatus | undefined
  readonly usage: AgentUsage
  /** Why the agent waits for its provider. */
  readonly waitsFor: string | undefined
  /** Events that wait, by their channel. */
  readonly waiting: readonly { readonly source: string; readonly events: number }[]
  /** Prompts of the operator that wait. */
  readonly prompts: number
  readonly approvals: number
  readonly questions: number
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly now: number
}

/** Columns of what a tool was called with, or of what was said. */
const DOING_COLUMNS = 200

export function renderStatus(facts: StatusFacts): string {
  const { agent, own, usage, waiting, prompts, now } = facts
  const model = own?.model === undefined ? '' : ` (${sanitizeLine(own.model, 80)})`
  const waits = [
    ...waiting
      .filter(({ events }) => events > 0)
      .map(({ source, events }) => `${count(events, 'message')} of ${source}`),
    ...(prompts > 0 ? [count(prompts, 'prompt')] : []),
  ]
  const asks = [
    ...(facts.approvals > 0 ? [count(facts.approvals, 'approval')] : []),
    ...(facts.questions > 0 ? [count(facts.questions, 'question')] : []),
  ]
  const context = own?.contextTokens === undefined ? '' : `; ${number(own.contextTokens)} in the conversation`
  const isCounted = usage.inputTokens + usage.outputTokens > 0
  return [
    ...renderActivity(facts),
    ...(facts.waitsFor === undefined ? [] : [`The agent waits: ${facts.waitsFor}.`]),
    ...(asks.length === 0 ? [] : [`Asked, and not answered yet: ${asks.join(', ')}.`]),
    waits.length === 0 ? 'Nothing waits for it.' : `Waiting for it: ${waits.join(', ')}.`,
    isCounted || context !== ''
      ? `Tokens: ${number(usage.inputTokens)} in, ${number(usage.outputTokens)} out${context}.`
      : 'Tokens: none counted.',
    `Agent ${agent}${model}; the session runs for ${duration(now - facts.startedAt)}.`,
  ].join('\n')
}

function renderActivity({ activity: { running, last }, own, now }: StatusFacts): readonly string[] {
  if (!running) {
    if (!last) return ['At rest: there was no turn yet.']
    return [`At rest for ${duration(now - last.at)}: turn ${last.turn} was ${last.outcome}.`]
  }
  const from =
    running.from === undefined ? 'a prompt of the terminal' : `a message of ${sanitizeLine(running.from, 80)}`
  const doing = running.doing ? renderDoing(running.doing, now) : own?.doing && `Now: ${sanitizeLine(own.doing, 200)}.`
  return [`At work for ${duration(now - running.since)} on ${from} (turn ${running.turn}).`, ...(doing ? [doing] : [])]
}

function renderDoing({ kind, what, since }: Doing, now: number): string {
  const shown = sanitizeLine(what, DOING_COLUMNS)
  return kind === 'tool'
    ? `Now: ${shown}, for ${duration(now - since)}.`
    : `It said last, ${duration(now - since)} ago: ${shown}`
}

function count(amount: number, noun: string): string {
  return `${amount} ${amount === 1 ? noun : `${noun}s`}`
}

function number(amount: number): string {
  return amount.toLocaleString('en-US')
}
