/** What the agent is doing, from the events of the session: for whoever asks, at the terminal or from a chat. */
import type { SessionEvent } from '../ui/events.ts'
import { toolArguments, toolLabel } from '../ui/tool-label.ts'

export interface RunningActivity {
  readonly turn: number
  /** Milliseconds since 1970. */
  readonly since: number
  /** `telegram · ada`; absent for a prompt of the operator. */
  readonly from: string | undefined
  readonly doing: Doing | undefined
}

export interface Doing {
  readonly kind: 'tool' | 'text'
  /** `Bash ({"command":"npm test"})`, or what the agent said last. */
  readonly what: string
  readonly since: number
}

export interface EndedActivity {
  readonly turn: number
  readonly at: number
  readonly outcome: 'completed' | 'interrupted' | 'failed'
}

export interface Activity {
  note(event: SessionEvent): void
  readonly running: RunningActivity | undefined
  /** The last turn that has ended. */
  readonly last: EndedActivity | undefined
}

/** Events that wait for their turn, whose senders are remembered. */
const MOST_SENDERS = 1_000

export function createActivity(now: () => number = Date.now): Activity {
  const senders = new Map<string, string>()
  const calls = new Map<string, Doing>()
  const sources = new Map<string, string>()
  let text: Doing | undefined
  let running: Omit<RunningActivity, 'doing'> | undefined
  let last: EndedActivity | undefined

  const remember = (eventId: string, sender: string) => {
    senders.set(eventId, sender)
    const [oldest] = senders.keys()
    if (senders.size > MOST_SENDERS && oldest !== undefined) senders.delete(oldest)
  }
  return {
    note(event) {
      switch (event.type) {
        case 'channel.registered':
          sources.set(event.entry, event.source)
          return
        case 'event.received': {
          const user = event.meta['user']
          return remember(event.event_id, user ? `${event.source} · ${user}` : event.source)
        }
        case 'turn.started': {
          const from = event.event_ids.map((id) => senders.get(id)).find((sender) => sender !== undefined)
          calls.clear()
          text = undefined
          running = { turn: event.turn, since: now(), from }
          return
        }
        case 'tool.called': {
          const given = toolArguments(event.tool, event.input)
          const label = toolLabel(event.tool, sources.values())
          calls.set(event.call_id, { kind: 'tool', what: given === '' ? label : `${label} (${given})`, since: now() })
          return
        }
        case 'tool.finished':
          calls.delete(event.call_id)
          return
        case 'agent.text':
          text = { kind: 'text', what: event.text, since: now() }
          return
        case 'turn.finished':
          running = undefined
          last = { turn: event.turn, at: now(), outcome: event.outcome }
      }
    },
    get running() {
      return running && { ...running, doing: [...calls.values()].at(-1) ?? text }
    },
    get last() {
      return last
    },
  }
}
