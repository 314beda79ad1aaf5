/** Turn after turn: takes what waits in the queue, hands it to the agent, and says what became of it. */
import { renderTags, toError } from '@backchannel/protocol'
import type { Agent } from '../agents/agent.ts'
import type { ChannelSet } from '../channels/channel-set.ts'
import type { Queue, QueuedEvent, QueuedTurn } from '../channels/queue.ts'
import type { SessionEvent } from '../ui/events.ts'
import type { ToolRunner } from './tool-runner.ts'

export interface TurnLoop {
  /** True while the agent works. */
  readonly busy: boolean
  /** Stops the running turn; false when none runs. */
  interrupt(): boolean
  /** Runs until the signal aborts; the running turn is then interrupted. Never rejects. */
  run(signal: AbortSignal): Promise<void>
}

export interface TurnLoopOptions {
  readonly agent: Agent
  readonly queue: Queue
  readonly channels: ChannelSet
  readonly tools: ToolRunner
  emit(event: SessionEvent): void
  /** Called after every turn. */
  turnFinished(): void
}

export function createTurnLoop({ agent, queue, channels, tools, emit, turnFinished }: TurnLoopOptions): TurnLoop {
  let number = 0
  let running: AbortController | undefined

  const tell = (events: readonly QueuedEvent[], state: 'started' | 'completed' | 'failed', reason?: string) => {
    for (const { source, eventId } of events) {
      channels.receipt(source, { eventId, state, ...(reason === undefined ? {} : { reason }) })
    }
  }
  const take = async (queued: QueuedTurn, ending: AbortSignal): Promise<void> => {
    number += 1
    const turn = number
    const events = queued.kind === 'events' ? queued.events : []
    const input = queued.kind === 'events' ? renderTags(events) : queued.text
    const controller = new AbortController()
    const signal = AbortSignal.any([controller.signal, ending])
    running = controller
    emit({ type: 'turn.started', turn, input, event_ids: events.map(({ eventId }) => eventId) })
    tell(events, 'started')
    try {
      await agent.run(
        {
          number: turn,
          input,
          events,
          say: (text) => emit({ type: 'agent.text', turn, text }),
          callTool: (name, parameters) => tools.run({ turn, events, name, input: parameters }, signal),
        },
        signal,
      )
      tell(events, 'completed')
      emit({ type: 'turn.finished', turn, outcome: 'completed' })
    } catch (thrown) {
      const outcome = signal.aborted ? 'interrupted' : 'failed'
      const { message } = toError(thrown)
      tell(events, 'failed', outcome === 'interrupted' ? 'interrupted' : message)
      emit({ type: 'turn.finished', turn, outcome, ...(outcome === 'failed' ? { error: message } : {}) })
    } finally {
      running = undefined
    }
  }

  return {
    get busy() {
      return running !== undefined
    },
    interrupt() {
      running?.abort()
      return running !== undefined
    },
    async run(signal) {
      while (!signal.aborted) {
        const queued = await queue.next(signal).catch(() => undefined)
        if (!queued) return
        await take(queued, signal)
        turnFinished()
      }
    },
  }
}
