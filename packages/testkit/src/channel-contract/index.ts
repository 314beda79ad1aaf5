/** The contract as a vitest suite: what any channel, of ours or another author's, calls from a test file of its own. */
import { describe, it } from 'vitest'
import { RUNTIMES } from '../runtime.ts'
import { applies, missing, runCheck } from './check.ts'
import { CONTRACT_CHECKS } from './checks.ts'
import type { ChannelDescriptor } from './descriptor.ts'

export { type Runtime, runtimeCommand } from '../runtime.ts'
export type { ChannelCommand, ChannelDescriptor, Injected, TwoWay } from './descriptor.ts'

/** Longer than any deadline inside a check. */
const TIMEOUT_MS = 60_000

/**
 * Declares the tests of a channel, on each runtime.
 * @example
 * channelContract({
 *   name: 'alerts',
 *   command: (runtime) => ({ command: runtimeCommand(runtime), args: [path], env: { ALERTS_PORT: '0' } }),
 *   async inject(host) {
 *     const [, url] = await host.waitForStderr(/listening on (http:\S+)/)
 *     await fetch(`${url}/`, { method: 'POST', body: 'disk full' })
 *     return { content: 'disk full', meta: { path: '/' } }
 *   },
 * })
 */
export function channelContract(descriptor: ChannelDescriptor): void {
  for (const runtime of descriptor.runtimes ?? RUNTIMES) {
    describe(`${descriptor.name} keeps the channel contract on ${runtime}: it`, () => {
      for (const check of CONTRACT_CHECKS) {
        if (!applies(check, descriptor)) continue
        const lacks = missing(check, descriptor)
        if (lacks.length > 0) it.skip(`${check.title} (the descriptor lacks ${lacks.join(', ')})`)
        else {
          // Side by side, since most of a check is waiting for a process; but what measures time is alone.
          const options = { timeout: TIMEOUT_MS, concurrent: !check.timed, retry: check.timed ? 1 : 0 }
          it(check.title, options, () => runCheck(check, descriptor, runtime))
        }
      }
    })
  }
}
