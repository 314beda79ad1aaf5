/** Turn after turn: takes what waits in the queue, hands it to the agent, and says what became of it. */
import { renderTags, toError } from '@backchannel/protocol'
import type { Agent } from '../agents/agent.ts'
import type { ChannelSet } from '../channels/channel-set.ts'
import type { Queue, QueuedEvent, QueuedTurn } from '../channels/queue.ts'
import type { SessionEvent } from '../ui/events.ts'
import { type AskQuestion, openAgentTurn } from './agent-turn.ts'
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
  readonly channels: Pick<ChannelSet, 'receipt'>
  readonly tools: Pick<ToolRunner, 'run' | 'permit'>
  readonly ask: AskQuestion
  emit(event: SessionEvent): void
  /** Called after every turn. */
  turnFinished(): void
}

/** At the end of the session, an agent that does not stop its turn is not waited for any longer. */
const WIND_UP_MS = 100
/** Of an agent's error, what a channel is told. */
const REASON_UNITS = 500

interface RunningTurn {
  readonly controller: AbortController
  /** Ends the turn, whatever the agent does. */
  abandon(): void
}

export function createTurnLoop(options: TurnLoopOptions): TurnLoop {
  const { agent, queue, channels, tools, ask, emit, turnFinished } = options
  let number = 0
  let running: RunningTurn | undefined

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
    const { signal } = controller
    const abandoned = Promise.withResolvers<never>()
    running = { controller, abandon: () => abandoned.reject(new Error('The agent did not stop its turn.')) }
    emit({ type: 'turn.started', turn, input, event_ids: events.map(({ eventId }) => eventId) })
    tell(events, 'started')
    const open = openAgentTurn({ number: turn, input, events, tools, ask, emit }, signal)
    try {
      await Promise.race([agent.run(open.turn, signal), abandoned.promise])
      open.end()
      tell(events, 'completed')
      emit({ type: 'turn.finished', turn, outcome: 'completed' })
    } catch (thrown) {
      open.end()
      const outcome = signal.aborted ? 'interrupted' : 'failed'
      const { message } = toError(thrown)
      // An event that the end of the session cut off has not failed: its channel offers it to the next one.
      const reason = ending.aborted ? 'session-ended' : outcome
      tell(events, 'failed', outcome === 'interrupted' ? reason : message.slice(0, REASON_UNITS))
      emit({ type: 'turn.finished', turn, outcome, ...(outcome === 'failed' ? { error: message } : {}) })
    } finally {
      running = undefined
      // Nothing that the agent left behind in this turn may go on in its name.
      controller.abort()
    }
  }

  return {
    get busy() {
      return running !== undefined
    },
    interrupt() {
      running?.controller.abort()
      return running !== undefined
    },
    async run(signal) {
      let windUp: NodeJS.Timeout | undefined
      const stop = () => {
        running?.controller.abort()
        windUp = setTimeout(() => running?.abandon(), WIND_UP_MS)
      }
      signal.addEventListener('abort', stop, { once: true })
      while (!signal.aborted) {
        const queued = queue.take()
        if (queued) {
          await take(queued, signal)
          turnFinished()
        } else {
          await queue.ready(signal)
        }
      }
      clearTimeout(windUp)
      signal.removeEventListener('abort', stop)
    },
  }
}
