/** The agent contract as a vitest suite: what every agent of a session does, from the demo to a real one. */
import { afterAll, beforeAll, describe, it } from 'vitest'
import { type AgentSubject, openSubject } from './check.ts'
import { AGENT_CHECKS } from './checks.ts'
import type { AgentDescriptor } from './descriptor.ts'

export { type AgentCheck, type AgentSubject, openSubject, repliesIn } from './check.ts'
export { AGENT_CHECKS } from './checks.ts'
export type { Act, AgentDescriptor, AgentWorld } from './descriptor.ts'
export { type ContractSession, startSession } from './session.ts'

/** Longer than any deadline inside a check. */
const TIMEOUT_MS = 120_000

/** Declares its tests. One session serves them all; what the descriptor can't do is skipped, visibly. */
export function agentContract(descriptor: AgentDescriptor): void {
  describe(`${descriptor.name} keeps the agent contract: it`, () => {
    let subject: AgentSubject | undefined
    beforeAll(async () => {
      subject = await openSubject(descriptor)
    }, TIMEOUT_MS)
    afterAll(() => subject?.close())
    for (const check of AGENT_CHECKS) {
      it(check.title, { timeout: TIMEOUT_MS }, async ({ skip }) => {
        if (!subject) throw new Error('The session was not started.')
        const lacks = check.lacks?.(subject)
        if (lacks !== undefined) skip(`this one lacks ${lacks}`)
        await check.run(subject)
      })
    }
  })
}
