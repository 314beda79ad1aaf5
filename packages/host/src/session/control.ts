/**
 * What may be done to the session itself, at the terminal or from a chat, beside the queue: stop the turn, begin a new
 * conversation, compact it, say what is going on. Each says what really happened.
 */
import { type ControlAction, renderError } from '@backchannel/protocol'
import type { Agent } from '../agents/agent.ts'
import type { Queue } from '../channels/queue.ts'
import type { RelayPorts } from '../channels/relay-link.ts'
import type { ControlAnswer } from '../commands/command.ts'
import type { NoticeLevel } from '../ui/events.ts'
import { sanitizeLine } from '../ui/sanitize.ts'
import type { Activity } from './activity.ts'
import type { AgentLife } from './agent-life.ts'
import { duration } from './duration.ts'
import type { TurnLoop } from './turn-loop.ts'

export interface ControlPorts {
  readonly agent: Pick<Agent, 'name' | 'clear' | 'compact' | 'status'>
  readonly turns: Pick<TurnLoop, 'interrupt' | 'betweenTurns' | 'busy' | 'since' | 'rested'>
  readonly life: Pick<AgentLife, 'usage' | 'waitsFor'>
  readonly activity: Activity
  readonly queue: Pick<Queue, 'waiting' | 'prompts'>
  sources(): readonly string[]
  /** How many are open. */
  readonly approvals: () => number
  readonly questions: () => number
  notice(level: NoticeLevel, message: string): void
  /** Aborts when the session ends. */
  readonly signal: AbortSignal
}

export interface SessionControl {
  /** @param told gets what happened; more than once where it takes a while, the last time without `pending`. Never rejects. */
  run(action: ControlAction, told: (answer: ControlAnswer) => void): Promise<void>
  /** The same for somebody in a chat, which the operator sees. */
  readonly fromChannel: RelayPorts['control']
}

/** An agent that is told to stop has this long until it is said that it has not. */
const STOP_MS = 5_000
const STATUS_MS = 2_000
const NOT_YET = 'The agent was told to stop, and has not done so yet; the new conversation begins after that.'

const DOES: Readonly<Record<ControlAction, string>> = {
  interrupt: 'stops the agent',
  clear: 'begins a new conversation',
  compact: 'compacts the conversation',
  status: 'asks what the agent does',
}

export function createControl(ports: ControlPorts): SessionControl {
  const { agent, turns, life, activity, queue, signal, notice } = ports
  const startedAt = Date.now()

  const stop = async (): Promise<ControlAnswer> => {
    const since = turns.since
    if (!turns.interrupt()) return { ok: false, text: 'The agent is not working on anything.' }
    const ran = since === undefined ? '' : ` after ${duration(Date.now() - since)}`
    if (await within(turns.rested(), STOP_MS)) return { ok: true, text: `Stopped the agent${ran}.` }
    return { ok: false, text: `The agent was told to stop${ran}, and has not done so yet.` }
  }
  const clear = async (told: (answer: ControlAnswer) => void): Promise<ControlAnswer> => {
    if (!agent.clear) return { ok: false, text: `The agent ${agent.name} can't begin a new conversation.` }
    // Now, so that nothing of the old conversation is carried on after this.
    const stopped = turns.interrupt() ? ' The running turn was stopped.' : ''
    const cleared = turns.betweenTurns(async () => agent.clear?.())
    if (!(await within(cleared, STOP_MS))) told({ ok: true, text: NOT_YET, pending: true })
    await cleared
    return { ok: true, text: `A new conversation has begun.${stopped}` }
  }
  const compact = async (told: (answer: ControlAnswer) => void): Promise<ControlAnswer> => {
    if (!agent.compact) return { ok: false, text: `The agent ${agent.name} has no conversation to compact.` }
    const busy = turns.busy
    const text = busy ? 'The agent is at work; the conversation is compacted after this turn.' : 'Compacting…'
    told({ ok: true, text, pending: true })
    await turns.betweenTurns(async () => agent.compact?.(signal))
    return { ok: true, text: 'The conversation is compacted.' }
  }
  const status = async (): Promise<ControlAnswer> => {
    const asked = agent.status?.().catch(() => undefined)
    // What the agent says of itself is welcome, and nothing to wait for.
    const own = asked && (await within(asked, STATUS_MS)) ? await asked : undefined
    const { renderStatus } = await import('./render-status.ts')
    const text = renderStatus({
      agent: agent.name,
      activity,
      own,
      usage: life.usage,
      waitsFor: life.waitsFor,
      waiting: ports.sources().map((source) => ({ source, events: queue.waiting(source) })),
      prompts: queue.prompts,
      approvals: ports.approvals(),
      questions: ports.questions(),
      startedAt,
      now: Date.now(),
    })
    return { ok: true, text }
  }
  const perform = (action: ControlAction, told: (answer: ControlAnswer) => void): Promise<ControlAnswer> => {
    switch (action) {
      case 'interrupt':
        return stop()
      case 'clear':
        return clear(told)
      case 'compact':
        return compact(told)
      case 'status':
        return status()
    }
  }
  const run: SessionControl['run'] = async (action, told) => {
    if (signal.aborted) return told({ ok: false, text: 'The session is ending.' })
    try {
      told(await perform(action, told))
    } catch (thrown) {
      told({ ok: false, text: `That did not work: ${renderError(thrown)}` })
    }
  }
  return {
    run,
    fromChannel(source, { action, by }, told) {
      notice('info', `${source}: ${sanitizeLine(by, 80)} ${DOES[action]}.`)
      void run(action, told)
    },
  }
}

/** Whether it was settled in time. */
async function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const late = Promise.withResolvers<false>()
  const timer = setTimeout(() => late.resolve(false), ms)
  try {
    return await Promise.race([promise.then(() => true), late.promise])
  } finally {
    clearTimeout(timer)
  }
}
