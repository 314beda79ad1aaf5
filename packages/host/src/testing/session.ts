/** A session for tests: real servers, a real or a scripted agent, and everything it tells recorded. */
import { onTestFinished } from 'vitest'
import type { Agent, AgentTurn } from '../agents/agent.ts'
import type { OptIn } from '../channels/admission.ts'
import type { ServerCommand } from '../channels/process.ts'
import { type Session, type SessionOptions, startSession } from '../session/session.ts'
import { DEFAULT_LIMITS, type Limits } from '../settings/schema.ts'
import { EventStream } from '../ui/events.ts'
import { createPlan, createPorts, createRecorder, type Recorder } from './channel-ports.ts'

export interface SessionRequest {
  readonly agent: Agent
  /** Commands by the name of their server. */
  readonly servers?: Readonly<Record<string, ServerCommand>>
  readonly limits?: Partial<Limits>
  readonly optIn?: OptIn['kind'] | 'none'
  readonly cwd?: string
  readonly options?: Partial<SessionOptions>
}

export interface TestSession {
  readonly session: Session
  readonly recorder: Recorder
}

export function openSession(request: SessionRequest): TestSession {
  const { agent, servers = {}, limits = {}, optIn = 'development', cwd = process.cwd(), options = {} } = request
  const recorder = createRecorder()
  const stream = new EventStream()
  stream.subscribe(({ at: _, ...event }) => recorder.emit(event))
  const plans = Object.entries(servers).map(([name, command]) => createPlan(command, `server:${name}`))
  const session = startSession({
    agent,
    cwd,
    plans,
    notices: [],
    refusals: [],
    admit: createPorts({ optIn }).admit,
    limits: { ...DEFAULT_LIMITS, ...limits },
    stream,
    ...options,
  })
  onTestFinished(() => session.end('test'))
  return { session, recorder }
}

export interface ScriptedAgent extends Agent {
  /** What it was given, turn by turn. */
  readonly turns: readonly AgentTurn[]
}

/** An agent that does in each turn what `run` does. */
export function createAgent(run: Agent['run'], given: Partial<Agent> = {}): ScriptedAgent {
  const turns: AgentTurn[] = []
  return {
    name: 'scripted',
    start: async () => {},
    close: async () => {},
    ...given,
    turns,
    async run(turn, signal) {
      turns.push(turn)
      await run(turn, signal)
    },
  }
}

/** Rejects when the turn is interrupted. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
}
