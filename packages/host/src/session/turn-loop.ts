/** Turn after turn: takes what waits in the queue, hands it to the agent, and says what became of it. */
import { BackchannelError, renderTags, toError } from '@backchannel/protocol'
import type { Agent } from '../agents/agent.ts'
import type { ChannelSet } from '../channels/channel-set.ts'
import type { Queue, QueuedEvent, QueuedTurn } from '../channels/queue.ts'
import { isAgentLost } from './agent-life.ts'
import { type AgentTurnOptions, openAgentTurn } from './agent-turn.ts'

export interface TurnLoop {
  /** True while the agent works. */
  readonly busy: boolean
  /** Milliseconds since 1970 at which the running turn began. */
  readonly since: number | undefined
  /** Stops the running turn; false when none runs. */
  interrupt(): boolean
  /** Resolves when the turn that runs now has ended; at once where none does. */
  rested(): Promise<void>
  /** Runs `work` once no turn runs, before the next one is taken. Rejects with what it throws, or when the session ends. */
  betweenTurns(work: () => Promise<void>): Promise<void>
  /** The agent waits for its provider: the chats of the running turn are told. */
  tellWaiting(reason: string): void
  /** Runs until the signal aborts; the running turn is then interrupted. Rejects only where the agent cannot be started again. */
  run(signal: AbortSignal): Promise<void>
}

export interface TurnLoopOptions extends Pick<AgentTurnOptions, 'tools' | 'ask' | 'planApproved' | 'emit'> {
  readonly agent: Pick<Agent, 'run'>
  /** Its process is there again afterwards. Called before a turn where it was lost; rejects where it cannot be. */
  revive(signal: AbortSignal): Promise<void>
  readonly queue: Queue
  readonly channels: Pick<ChannelSet, 'receipt'>
  /** Called after every turn. */
  turnFinished(): void
}

/** At the end of the session, an agent that does not stop its turn is not waited for any longer. */
const WIND_UP_MS = 100
/** Of an agent's error, what a channel is told. */
const REASON_UNITS = 500
/** How often the same events are offered to an agent whose process ends over them. */
const MOST_OFFERS = 3

interface RunningTurn {
  readonly controller: AbortController
  readonly events: readonly QueuedEvent[]
  readonly since: number
  readonly done: PromiseWithResolvers<void>
  /** Ends the turn, whatever the agent does. */
  abandon(): void
}

interface Offer {
  readonly queued: QueuedTurn
  /** Starts with 1; a later one is labelled. */
  readonly number: number
}

export function createTurnLoop(options: TurnLoopOptions): TurnLoop {
  const { agent, queue, channels, emit, turnFinished } = options
  let number = 0
  let running: RunningTurn | undefined
  const errands: { work: () => Promise<void>; done: PromiseWithResolvers<void> }[] = []
  let wake = new AbortController()
  let over = false

  const tell = (events: readonly QueuedEvent[], state: 'started' | 'completed' | 'failed', reason?: string) => {
    for (const { source, eventId } of events) {
      channels.receipt(source, { eventId, state, ...(reason === undefined ? {} : { reason }) })
    }
  }
  /** @returns true where the agent was lost over it, and it is to be offered again */
  const take = async (offer: Offer, ending: AbortSignal): Promise<boolean> => {
    const { queued } = offer
    number += 1
    const turn = number
    const events = queued.kind === 'events' ? labelled(queued.events, offer.number) : []
    const input = queued.kind === 'events' ? renderTags(events) : queued.text
    const controller = new AbortController()
    const { signal } = controller
    const abandoned = Promise.withResolvers<never>()
    const abandon = () => abandoned.reject(new Error('The agent did not stop its turn.'))
    const done = Promise.withResolvers<void>()
    running = { controller, events, since: Date.now(), done, abandon }
    emit({ type: 'turn.started', turn, input, event_ids: events.map(({ eventId }) => eventId) })
    tell(events, 'started')
    const open = openAgentTurn({ ...options, number: turn, input, events }, signal)
    try {
      await Promise.race([agent.run(open.turn, signal), abandoned.promise])
      open.end()
      tell(events, 'completed')
      emit({ type: 'turn.finished', turn, outcome: 'completed' })
    } catch (thrown) {
      open.end()
      const outcome = signal.aborted ? 'interrupted' : 'failed'
      const { message } = toError(thrown)
      const isOfferedAgain =
        outcome === 'failed' &&
        isAgentLost(thrown) &&
        events.length > 0 &&
        offer.number < MOST_OFFERS &&
        !ending.aborted
      // An event that the end of the session cut off has not failed: its channel offers it to the next one.
      const reason = ending.aborted ? 'session-ended' : outcome
      if (!isOfferedAgain) tell(events, 'failed', outcome === 'interrupted' ? reason : message.slice(0, REASON_UNITS))
      emit({ type: 'turn.finished', turn, outcome, ...(outcome === 'failed' ? { error: message } : {}) })
      return isOfferedAgain
    } finally {
      running = undefined
      // Nothing that the agent left behind in this turn may go on in its name.
      controller.abort()
      done.resolve()
    }
    return false
  }
  const takeAll = async (queued: QueuedTurn, ending: AbortSignal): Promise<void> => {
    let offered = 0
    try {
      for (;;) {
        await options.revive(ending)
        offered += 1
        if (!(await take({ queued, number: offered }, ending))) return
      }
    } catch (thrown) {
      // The next session gets them, from a channel that keeps what was not done.
      if (queued.kind === 'events') tell(queued.events, 'failed', 'session-ended')
      throw thrown
    }
  }
  const runErrands = async (): Promise<void> => {
    for (;;) {
      const errand = errands.shift()
      if (!errand) return
      await errand.work().then(errand.done.resolve, errand.done.reject)
    }
  }
  const loop = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      await runErrands()
      const queued = queue.take()
      if (queued) {
        await takeAll(queued, signal)
        turnFinished()
      } else {
        wake = new AbortController()
        if (errands.length === 0) await queue.ready(AbortSignal.any([signal, wake.signal]))
      }
    }
  }

  return {
    get busy() {
      return running !== undefined
    },
    get since() {
      return running?.since
    },
    interrupt() {
      running?.controller.abort()
      return running !== undefined
    },
    rested: async () => running?.done.promise,
    betweenTurns(work) {
      const done = Promise.withResolvers<void>()
      if (over) done.reject(ended())
      else errands.push({ work, done })
      wake.abort()
      return done.promise
    },
    tellWaiting: (reason) => tell(running?.events ?? [], 'started', reason.slice(0, REASON_UNITS)),
    async run(signal) {
      let windUp: NodeJS.Timeout | undefined
      const stop = () => {
        running?.controller.abort()
        windUp = setTimeout(() => running?.abandon(), WIND_UP_MS)
      }
      signal.addEventListener('abort', stop, { once: true })
      try {
        await loop(signal)
      } finally {
        over = true
        for (const { done } of errands.splice(0)) done.reject(ended())
        clearTimeout(windUp)
        signal.removeEventListener('abort', stop)
      }
    },
  }
}

function ended(): BackchannelError {
  return new BackchannelError('closed', 'The session has ended.')
}

/** Of events that the agent may have seen and worked on already. */
function labelled(events: readonly QueuedEvent[], offer: number): readonly QueuedEvent[] {
  if (offer === 1) return events
  return events.map((event) => ({ ...event, meta: { ...event.meta, redelivered: 'true' } }))
}
