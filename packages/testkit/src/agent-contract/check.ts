/** One check of the agent contract, and what it runs on: a session that all of them share. */
import assert from 'node:assert/strict'
import type { AgentDescriptor, AgentWorld } from './descriptor.ts'
import { type ContractSession, startSession, type Told } from './session.ts'

export interface AgentSubject {
  readonly descriptor: AgentDescriptor
  readonly world: AgentWorld
  readonly session: ContractSession
  /** Writes a message and waits until its turn has ended. @returns what the session told meanwhile */
  take(text: string): Promise<readonly Told[]>
  close(): Promise<void>
}

export interface AgentCheck {
  /** Completes "the agent …". */
  readonly title: string
  /** Why it can't be run on this agent or machine; `undefined` where it can. */
  lacks?(subject: AgentSubject): string | undefined
  run(subject: AgentSubject): Promise<void>
}

export async function openSubject(descriptor: AgentDescriptor): Promise<AgentSubject> {
  const world = await descriptor.open()
  try {
    const session = await startSession(world)
    return {
      descriptor,
      world,
      session,
      async take(text) {
        const from = session.mark()
        await session.say(text)
        await session.next('turn.finished', from)
        return session.told.slice(from)
      },
      async close() {
        await session.end()
        await world[Symbol.asyncDispose]()
      },
    }
  } catch (thrown) {
    await world[Symbol.asyncDispose]()
    throw thrown
  }
}

/** What was sent to the chat, in order. @throws AssertionError where a call of the reply tool failed */
export function repliesIn(told: readonly Told[]): readonly string[] {
  const calls = told.filter(({ type, tool }) => type === 'tool.called' && String(tool).endsWith('__reply'))
  return calls.map(({ call_id: id, input }) => {
    const finished = told.find((event) => event.type === 'tool.finished' && event['call_id'] === id)
    assert.equal(finished?.['ok'], true, JSON.stringify(finished))
    return String((input as { text?: unknown }).text)
  })
}

export function outcomeIn(told: readonly Told[]): unknown {
  return told.find(({ type }) => type === 'turn.finished')?.['outcome']
}
