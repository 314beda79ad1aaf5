/**
 * Everything a session tells the outside, as one typed stream: the JSON renderer prints it as it is, the plain and the
 * terminal renderer turn it into lines. The fields are the stream-json contract of `docs/stream-json.md`.
 */
import type { DropReason, RefusalReason } from '@backchannel/protocol'

export type NoticeLevel = 'info' | 'warning' | 'error'

export interface RegisteredCapabilities {
  readonly permission: boolean
  readonly tools: readonly string[]
  /** Features of the extension in use with this channel. */
  readonly extension: readonly string[]
}

/** An event without its time; the stream adds `at`. */
export type SessionEvent =
  | {
      readonly type: 'session.started'
      readonly session_id: string
      readonly agent: string
      readonly cwd: string
      readonly permission_mode: string
    }
  | {
      readonly type: 'channel.registered'
      readonly entry: string
      readonly source: string
      readonly capabilities: RegisteredCapabilities
    }
  | {
      readonly type: 'channel.refused'
      readonly entry: string
      readonly reason: RefusalReason
      readonly message: string
    }
  | {
      readonly type: 'channel.closed'
      readonly entry: string
      readonly reason: string
      readonly restarting: boolean
    }
  | {
      readonly type: 'event.received'
      readonly source: string
      readonly event_id: string
      readonly content: string
      readonly meta: Readonly<Record<string, string>>
    }
  | {
      readonly type: 'event.dropped'
      readonly source: string
      readonly reason: DropReason
      readonly count: number
    }
  | {
      readonly type: 'turn.started'
      readonly turn: number
      /** The text given to the agent, tags included. */
      readonly input: string
      readonly event_ids: readonly string[]
    }
  | { readonly type: 'agent.text'; readonly turn: number; readonly text: string }
  | {
      readonly type: 'tool.called'
      readonly turn: number
      readonly call_id: string
      readonly tool: string
      readonly input: unknown
    }
  | {
      readonly type: 'tool.finished'
      readonly turn: number
      readonly call_id: string
      readonly ok: boolean
      readonly summary: string
    }
  | {
      readonly type: 'permission.requested'
      readonly request_id: string
      readonly tool_name: string
      readonly description: string
      readonly input_preview: string
      readonly relayed_to: readonly string[]
    }
  | {
      readonly type: 'permission.resolved'
      readonly request_id: string
      readonly behavior: 'allow' | 'deny' | 'expired' | 'cancelled'
      readonly by: string
    }
  | {
      readonly type: 'question.requested'
      readonly question_id: string
      readonly text: string
      readonly choices: readonly { readonly id: string; readonly label: string }[]
      /** More than one may be taken. */
      readonly multiple: boolean
      /** An answer in own words counts. */
      readonly allow_text: boolean
      readonly relayed_to: readonly string[]
    }
  | {
      readonly type: 'question.resolved'
      readonly question_id: string
      readonly outcome: 'answered' | 'expired' | 'cancelled'
      /** Ids of those taken. */
      readonly choices: readonly string[]
      readonly text?: string
      readonly by: string
    }
  | {
      readonly type: 'turn.finished'
      readonly turn: number
      readonly outcome: 'completed' | 'interrupted' | 'failed'
      readonly error?: string
    }
  | { readonly type: 'notice'; readonly level: NoticeLevel; readonly message: string }
  | { readonly type: 'session.ended'; readonly reason: string }

/** What subscribers get: an event with the time it happened, ISO 8601. */
export type StampedEvent = SessionEvent & { readonly at: string }

export type Listener = (event: StampedEvent) => void

/** One stream a session. Listeners run in order of subscription; a listener that throws never stops the others. */
export class EventStream {
  readonly #listeners = new Set<Listener>()
  readonly #now: () => Date

  constructor(now: () => Date = () => new Date()) {
    this.#now = now
  }

  emit(event: SessionEvent): void {
    const { type, ...rest } = event
    const stamped = { type, at: this.#now().toISOString(), ...rest } as StampedEvent
    for (const listener of [...this.#listeners]) {
      try {
        listener(stamped)
      } catch (error) {
        process.stderr.write(`backchannel: a renderer failed on ${type}: ${String(error)}\n`)
      }
    }
  }

  /** @returns what ends the subscription. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
