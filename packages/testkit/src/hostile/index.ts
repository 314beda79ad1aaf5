/** The hostile corpus, and a suite over it for any channel that can be sent something. */
import { describe, it } from 'vitest'
import { RUNTIMES } from '../runtime.ts'
import { HOSTILE_CHECKS, runHostileChecks } from './checks.ts'
import type { HostileDescriptor } from './descriptor.ts'

export { BROKEN_BYTES, type HostileBytes, LARGE_BYTES } from './bytes.ts'
export type { HostileAnswer, HostileDescriptor, HostileSender } from './descriptor.ts'
export { HOSTILE_PARAMS, type HostileParams } from './params.ts'
export { CLUMSY_TEXTS, FORGED_TEXTS, HOSTILE_TEXTS, type HostileText, TAG_TEXTS, UNSEEN_TEXTS } from './texts.ts'

/** Longer than any deadline inside a check. */
const TIMEOUT_MS = 60_000

/**
 * Declares the tests of a channel, on each runtime: each starts a process of it and sends it one part of the corpus.
 * @example
 * hostileContract({
 *   name: 'alerts',
 *   command: (runtime) => ({ command: runtimeCommand(runtime), args: [path] }),
 *   async connect(host) {
 *     const [, url] = await host.waitForStderr(/listening on (http:\S+)/)
 *     return {
 *       async send(body) {
 *         const { ok, status } = await fetch(url, { method: 'POST', body })
 *         return ok ? { kind: 'accepted' } : { kind: 'refused', reason: `status ${status}` }
 *       },
 *       close() {},
 *     }
 *   },
 * })
 */
export function hostileContract(descriptor: HostileDescriptor): void {
  for (const runtime of descriptor.runtimes ?? RUNTIMES) {
    describe(`${descriptor.name} and hostile senders on ${runtime}: it`, () => {
      for (const check of HOSTILE_CHECKS) {
        it(check.title, { timeout: TIMEOUT_MS }, () => runHostileChecks(descriptor, runtime, check))
      }
    })
  }
}
