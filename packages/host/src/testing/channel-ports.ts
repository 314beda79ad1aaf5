/** What a channel needs of its session, with everything it tells recorded: the real queue, drop report and admission. */
import { type Entry, parseEntry } from '@backchannel/protocol'
import { waitFor } from '@backchannel/testkit'
import { onTestFinished } from 'vitest'
import { admit, type OptIn } from '../channels/admission.ts'
import type { ChannelPorts, ServerPlan } from '../channels/channel.ts'
import { createDropReport } from '../channels/drop-report.ts'
import type { ServerCommand } from '../channels/process.ts'
import { createQueue, type Queue } from '../channels/queue.ts'
import type { ChannelPolicy } from '../settings/policy.ts'
import { DEFAULT_LIMITS, type Limits } from '../settings/schema.ts'
import type { SessionEvent } from '../ui/events.ts'

export type EventOf<Type extends SessionEvent['type']> = Extract<SessionEvent, { type: Type }>

export interface Recorder {
  readonly events: readonly SessionEvent[]
  emit(event: SessionEvent): void
  of<Type extends SessionEvent['type']>(type: Type): readonly EventOf<Type>[]
  /** Waits until there are `count` events of a type, and returns the last of these. */
  wait<Type extends SessionEvent['type']>(type: Type, count?: number, timeoutMs?: number): Promise<EventOf<Type>>
  /** Waits for a notice that matches. */
  notice(pattern: RegExp): Promise<EventOf<'notice'>>
}

export function createRecorder(): Recorder {
  const events: SessionEvent[] = []
  const of = <Type extends SessionEvent['type']>(type: Type) =>
    events.filter((event): event is EventOf<Type> => event.type === type)
  const seen = () => events.map((event) => JSON.stringify(event).slice(0, 200)).join('\n')
  return {
    events,
    emit: (event) => void events.push(event),
    of,
    async wait(type, count = 1, timeoutMs = 10_000) {
      return await waitFor(() => of(type)[count - 1], { what: `${count} × ${type}`, timeoutMs }).catch((error) => {
        throw new Error(`${error.message}\n${seen()}`)
      })
    },
    async notice(pattern) {
      return await waitFor(() => of('notice').find(({ message }) => pattern.test(message)), {
        what: `a notice like ${pattern}`,
      }).catch((error) => {
        throw new Error(`${error.message}\n${seen()}`)
      })
    },
  }
}

export interface TestPorts extends ChannelPorts {
  readonly recorder: Recorder
  readonly queue: Queue
}

export interface PortsRequest {
  readonly limits?: Partial<Limits>
  /** How the session names each server. Default `development`. */
  readonly optIn?: OptIn['kind'] | 'none'
  /** Of now; asked at each admission. Default: allowed. */
  readonly policy?: () => ChannelPolicy
}

export function createPorts(given: PortsRequest = {}): TestPorts {
  const limits = { ...DEFAULT_LIMITS, ...given.limits }
  const recorder = createRecorder()
  const drops = createDropReport((source, reason, count) =>
    recorder.emit({ type: 'event.dropped', source, reason, count }),
  )
  onTestFinished(() => drops.close())
  const optIn = given.optIn === 'none' ? undefined : { kind: given.optIn ?? 'development' }
  return {
    recorder,
    emit: recorder.emit,
    drops,
    queue: createQueue(limits),
    limits,
    startTimeoutMs: limits.startTimeoutMs,
    admit: ({ entry }, declared, revision) =>
      admit({
        entry,
        declared,
        revision,
        optIn,
        policy: given.policy?.() ?? { channelsAllowed: true, because: '' },
        allowlist: () => false,
        developmentAccepted: true,
      }),
  }
}

/** @param entry default `server:test` */
export function createPlan(command: ServerCommand, entry = 'server:test', named = true): ServerPlan {
  const parsed: Entry = parseEntry(entry)
  return { entry: parsed, named, source: parsed.name, server: parsed.name, command }
}
