/** The platform contract as a vitest suite: what every chat channel calls, with a fake of its platform. */
import { describe, it } from 'vitest'
import { RUNTIMES, type Runtime } from '../runtime.ts'
import { startPlatformSubject } from './check.ts'
import { PLATFORM_CHECKS } from './checks.ts'
import type { PlatformDescriptor } from './descriptor.ts'

export { type Runtime, runtimeCommand } from '../runtime.ts'
export { type PlatformCheck, type PlatformSubject, startPlatformSubject } from './check.ts'
export { PLATFORM_CHECKS } from './checks.ts'
export type * from './descriptor.ts'

/** Longer than any deadline inside a check. */
const TIMEOUT_MS = 60_000

/**
 * Declares the tests of a chat channel, on each runtime. Each check has a process and a platform of its own; what the
 * platform lacks is skipped, visibly.
 */
export function platformContract(descriptor: PlatformDescriptor): void {
  for (const runtime of descriptor.runtimes ?? RUNTIMES) describeRuntime(descriptor, runtime)
}

function describeRuntime(descriptor: PlatformDescriptor, runtime: Runtime): void {
  // Side by side: most of a check is waiting for a process.
  describe.concurrent(`${descriptor.name} keeps the platform contract on ${runtime}: it`, () => {
    for (const check of PLATFORM_CHECKS) {
      const faults = check.faults === undefined ? '' : ` (${check.faults.join(', ')})`
      it(`${check.title}${faults}`, { timeout: TIMEOUT_MS }, async ({ skip }) => {
        const { needs } = check
        if (needs !== undefined && !descriptor.limits[needs]) skip(`the platform has no ${needs}`)
        const subject = await startPlatformSubject(descriptor, runtime)
        try {
          await check.run(subject)
        } finally {
          await subject.close()
        }
      })
    }
  })
}
