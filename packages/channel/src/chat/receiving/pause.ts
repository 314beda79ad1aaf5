/** A wait that a signal ends early, without an error. */

/** @param give is told how to end it as well */
export async function pause(ms: number, signal: AbortSignal, give?: (end: () => void) => void): Promise<void> {
  if (signal.aborted) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const end = () => resolve()
  const timer = setTimeout(end, ms)
  signal.addEventListener('abort', end, { once: true })
  give?.(end)
  await promise
  clearTimeout(timer)
  signal.removeEventListener('abort', end)
}
