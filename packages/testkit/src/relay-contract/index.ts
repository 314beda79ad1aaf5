/** The relay contract as a vitest suite: what every channel that takes permission prompts to people calls. */
import { afterAll, beforeAll, describe, it } from 'vitest'
import { RUNTIMES, type Runtime } from '../runtime.ts'
import { startSubject } from './check.ts'
import { RELAY_CHECKS } from './checks.ts'
import type { HostKind, RelayDescriptor } from './descriptor.ts'

export { type Runtime, runtimeCommand } from '../runtime.ts'
export { type RelayCheck, type RelaySubject, startSubject } from './check.ts'
export { RELAY_CHECKS } from './checks.ts'
export type { Elsewhere, HostKind, People, Person, RelayDescriptor } from './descriptor.ts'

/** Longer than any deadline inside a check. */
const TIMEOUT_MS = 60_000
const KINDS: readonly HostKind[] = ['ours', 'stock']

/**
 * Declares the tests of a channel with a relay, on each runtime and under both kinds of host. One process serves the
 * checks of a runtime and a kind; what the descriptor can't do is skipped, visibly.
 */
export function relayContract(descriptor: RelayDescriptor): void {
  for (const runtime of descriptor.runtimes ?? RUNTIMES) {
    for (const kind of descriptor.kinds ?? KINDS) describeKind(descriptor, runtime, kind)
  }
}

function describeKind(descriptor: RelayDescriptor, runtime: Runtime, kind: HostKind): void {
  const host = kind === 'ours' ? 'a host with the extension' : 'a stock host'
  describe(`${descriptor.name} keeps the relay contract on ${runtime} under ${host}: it`, () => {
    let subject: Awaited<ReturnType<typeof startSubject>> | undefined
    beforeAll(async () => {
      subject = await startSubject(descriptor, runtime, kind)
    }, TIMEOUT_MS)
    afterAll(() => subject?.close())
    for (const check of RELAY_CHECKS) {
      if (check.only !== undefined && check.only !== kind) continue
      it(check.title, { timeout: TIMEOUT_MS }, async ({ skip }) => {
        if (!subject) throw new Error('The channel was not started.')
        const lacks = check.lacks?.(subject)
        if (lacks !== undefined) skip(`the descriptor lacks ${lacks}`)
        await check.run(subject)
      })
    }
  })
}
