/** The agent from its start to the end of the session: started, started again when its process is lost, and what it reports. */
import { BackchannelError, renderError } from '@backchannel/protocol'
import type { Agent, AgentContext, AgentOptions, AgentReport } from '../agents/agent.ts'
import { type BackOff, createBackOff, FIRST_MS } from '../channels/back-off.ts'
import type { NoticeLevel } from '../ui/events.ts'

export interface AgentLifeOptions {
  readonly agent: Agent
  /** As they are at each start. */
  options(): AgentOptions
  readonly context: Omit<AgentContext, 'options' | 'report'>
  notice(level: NoticeLevel, message: string): void
  /** The agent waits for its provider. */
  waiting(reason: string): void
  /** It works under this id from now on. Absent: nobody keeps it. */
  session?(id: string): void
  /** How long is waited between tries. Default: as for servers. */
  readonly backOff?: BackOff
}

export interface AgentUsage {
  readonly inputTokens: number
  readonly outputTokens: number
}

export interface AgentLife {
  start(): Promise<void>
  /** Where its process was lost: starts it again, with waits that grow; rejects after several tries, or when `signal` aborts. */
  revive(signal: AbortSignal): Promise<void>
  /** As {@link Agent.run}; notes a loss. */
  run: Agent['run']
  /** Since the start of the session. */
  readonly usage: AgentUsage
  /** Why it waits for its provider now. */
  readonly waitsFor: string | undefined
}

const MOST_TRIES = 5

export function createAgentLife(options: AgentLifeOptions): AgentLife {
  const { agent, notice, backOff = createBackOff() } = options
  let resume = options.options().resume
  let lost: string | undefined
  let usage: AgentUsage = { inputTokens: 0, outputTokens: 0 }
  let waitsFor: string | undefined
  let startedAt = 0

  const report = (told: AgentReport): void => {
    switch (told.kind) {
      case 'session':
        resume = told.id
        if (told.id !== undefined) options.session?.(told.id)
        break
      case 'usage':
        usage = {
          inputTokens: usage.inputTokens + told.inputTokens,
          outputTokens: usage.outputTokens + told.outputTokens,
        }
        break
      case 'waiting': {
        const words = `${told.reason}${renderRetry(told.retryAt)}`
        if (waitsFor !== told.reason) {
          notice('warning', `The agent waits: ${words}.`)
          options.waiting(words)
        }
        waitsFor = told.reason
        break
      }
      case 'notice':
        notice(told.level, told.text)
        break
      case 'lost':
        lost = told.reason
        notice('warning', `The process of the agent has ended (${told.reason}); it is started again for the next turn.`)
    }
  }
  const start = async (): Promise<void> => {
    startedAt = performance.now()
    const { resume: _, ...chosen } = options.options()
    await agent.start({
      ...options.context,
      options: resume === undefined ? chosen : { ...chosen, resume },
      report,
    })
    lost = undefined
  }

  return {
    start,
    async revive(signal) {
      for (let tries = 1; lost !== undefined; tries += 1) {
        // The first time at once: somebody waits, and a process that was killed mostly starts.
        await backOff.wait(backOff.next(performance.now() - startedAt) - FIRST_MS, signal)
        try {
          await start()
        } catch (thrown) {
          if (tries >= MOST_TRIES) throw thrown
          notice('warning', `The agent could not be started again: ${renderError(thrown)}`)
        }
      }
    },
    async run(turn, signal) {
      waitsFor = undefined
      try {
        await agent.run(turn, signal)
      } catch (thrown) {
        if (isAgentLost(thrown)) lost = thrown.message
        throw thrown
      } finally {
        waitsFor = undefined
      }
    },
    get usage() {
      return usage
    },
    get waitsFor() {
      return waitsFor
    },
  }
}

/** The process of the agent has ended in the middle of a turn. */
export function isAgentLost(thrown: unknown): thrown is BackchannelError {
  return BackchannelError.is(thrown) && thrown.code === 'agent-lost'
}

function renderRetry(retryAt: number | undefined): string {
  return retryAt === undefined ? '' : `; it tries again at ${new Date(retryAt).toLocaleTimeString()}`
}
