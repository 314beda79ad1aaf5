/** Waiting for a condition with a deadline, in place of sleeping and hoping. */
import { setTimeout as delay } from 'node:timers/promises'

/** How long anything is waited for unless told otherwise, in milliseconds. */
export const DEADLINE_MS = 10_000

export interface WaitOptions {
  /** Milliseconds; default {@link DEADLINE_MS}. */
  readonly timeoutMs?: number
}

/** Something did not come in time. The message says what was waited for and what was seen instead. */
export class DeadlineError extends Error {
  constructor(what: string, timeoutMs: number, seen = '', options?: ErrorOptions) {
    super(`Waited ${timeoutMs} ms for ${what}, in vain.${seen === '' ? '' : `\n${seen}`}`, options)
    this.name = 'DeadlineError'
  }
}

/**
 * Polls `condition` until it gives anything but `undefined`, `null` or `false`, and returns that.
 * A condition that throws counts as not met; the last error becomes the `cause`.
 * @param options `what` completes "Waited 10000 ms for …".
 * @throws DeadlineError
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: WaitOptions & { readonly what: string; readonly intervalMs?: number },
): Promise<Exclude<Awaited<T>, false | null | undefined>> {
  const { timeoutMs = DEADLINE_MS, intervalMs = 10, what } = options
  const deadline = performance.now() + timeoutMs
  let problem: unknown
  for (;;) {
    try {
      const value = await condition()
      problem = undefined
      if (value !== undefined && value !== null && value !== false) {
        return value as Exclude<Awaited<T>, false | null | undefined>
      }
    } catch (thrown) {
      problem = thrown
    }
    if (performance.now() >= deadline) throw vain(what, timeoutMs, problem)
    await delay(intervalMs)
  }
}

function vain(what: string, timeoutMs: number, problem: unknown): DeadlineError {
  if (problem === undefined) return new DeadlineError(what, timeoutMs)
  const message = problem instanceof Error ? problem.message : String(problem)
  return new DeadlineError(what, timeoutMs, `Last error: ${message}`, { cause: problem })
}

/** True if `condition` holds now and at every look for `forMs` milliseconds: proof that something does not happen. */
export async function staysTrue(condition: () => boolean | Promise<boolean>, forMs: number): Promise<boolean> {
  const deadline = performance.now() + forMs
  do {
    if (!(await condition())) return false
    await delay(10)
  } while (performance.now() < deadline)
  return true
}

/** `promise`, unless it takes longer than the deadline. `seen` is asked for what came instead. */
export async function withDeadline<T>(
  promise: Promise<T>,
  options: WaitOptions & { readonly what: string; readonly seen?: () => string },
): Promise<T> {
  const { timeoutMs = DEADLINE_MS, what, seen } = options
  const late = deferred<never>()
  const timer = setTimeout(() => late.reject(new DeadlineError(what, timeoutMs, seen?.())), timeoutMs)
  try {
    return await Promise.race([promise, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

export interface Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T | PromiseLike<T>) => void
  readonly reject: (reason: unknown) => void
}

/** A promise that is settled from outside. */
export function deferred<T = void>(): Deferred<T> {
  return Promise.withResolvers<T>()
}
