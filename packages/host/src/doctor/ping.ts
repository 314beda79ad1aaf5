/**
 * A synthetic ping: a real session of its own, in which the channel causes one event through its own entrance. It
 * proves the whole way on this machine, and touches neither the account nor the state of the channel.
 */
import { type PluginEntry, sourceName } from '@backchannel/protocol'
import type { Agent } from '../agents/agent.ts'
import type { ServerCommand } from '../channels/process.ts'
import { startSession } from '../session/session.ts'
import { DEFAULT_LIMITS } from '../settings/schema.ts'
import { EventStream, type StampedEvent } from '../ui/events.ts'
import { withScratch } from './scratch.ts'

export interface PingResult {
  readonly ok: boolean
  /** From the start of the process to its registration, and from there to the event in a turn; milliseconds. */
  readonly registered_ms?: number
  readonly event_ms?: number
  /** What came in place of the event. */
  readonly problem?: string
}

const LIMIT_MS = 10_000

/** An agent that only has to be there. */
const SILENT: Agent = { name: 'doctor', async start() {}, async run() {}, async close() {} }

export async function pingChannel(
  entry: PluginEntry,
  program: ServerCommand,
  signal: AbortSignal,
): Promise<PingResult> {
  return await withScratch(entry, program, (moved, scratch) => {
    const probing = { ...moved, env: { ...moved.env, BACKCHANNEL_PROBE: '1' } }
    return pingAside(entry, probing, scratch, signal)
  })
}

async function pingAside(
  entry: PluginEntry,
  command: ServerCommand,
  cwd: string,
  signal: AbortSignal,
): Promise<PingResult> {
  const stream = new EventStream()
  const outcome = watch(stream, signal)
  const session = startSession({
    agent: SILENT,
    cwd,
    plans: [{ entry, named: true, source: sourceName(entry, []), server: entry.name, command }],
    refusals: [],
    notices: [],
    admit: () => ({ registered: true }),
    limits: DEFAULT_LIMITS,
    stream,
  })
  try {
    return await outcome
  } finally {
    await session.end('doctor')
  }
}

function watch(stream: EventStream, signal: AbortSignal): Promise<PingResult> {
  const { promise, resolve } = Promise.withResolvers<PingResult>()
  const startedAt = performance.now()
  let registeredAt: number | undefined
  let last = 'nothing'
  const elapsed = (from: number) => Math.round(performance.now() - from)
  const finish = (result: PingResult) => {
    unsubscribe()
    clearTimeout(timer)
    signal.removeEventListener('abort', interrupted)
    resolve(result)
  }
  const interrupted = () => finish({ ok: false, problem: 'interrupted' })
  const timer = setTimeout(() => {
    const problem = `no event came within ${LIMIT_MS / 1000} s; the last that was seen: ${last}`
    finish({
      ok: false,
      ...(registeredAt === undefined ? {} : { registered_ms: Math.round(registeredAt - startedAt) }),
      problem,
    })
  }, LIMIT_MS)
  const listen = (event: StampedEvent) => {
    if (event.type === 'notice') last = event.message
    if (event.type === 'channel.refused') finish({ ok: false, problem: event.message })
    if (event.type === 'channel.closed') finish({ ok: false, problem: event.reason })
    if (event.type === 'channel.registered') registeredAt = performance.now()
    if (event.type === 'turn.started' && registeredAt !== undefined) {
      finish({ ok: true, registered_ms: Math.round(registeredAt - startedAt), event_ms: elapsed(registeredAt) })
    }
  }
  const unsubscribe = stream.subscribe(listen)
  signal.addEventListener('abort', interrupted, { once: true })
  return promise
}
