/** Lines to stderr, for which a host that does not read them costs bounded memory. */

/** What may wait, in UTF-16 units; what comes then is counted and dropped. */
const WAITING_UNITS = 1024 * 1024

const flushed = new Set<() => void>()
let waitingUnits = 0
let dropped = 0

export function writeToStderr(line: string): void {
  if (waitingUnits + line.length > WAITING_UNITS) {
    dropped += 1
    return
  }
  const text = dropped === 0 ? line : `(${dropped} lines of the log were dropped: nobody read them)\n${line}`
  dropped = 0
  waitingUnits += text.length
  process.stderr.write(text, () => {
    waitingUnits -= text.length
    if (waitingUnits === 0) for (const resolve of flushed) resolve()
  })
}

/** Resolves when every line is in the pipe, or the signal aborts. */
export async function flushStderr(signal: AbortSignal): Promise<void> {
  if (waitingUnits === 0 || signal.aborted) return
  const { promise, resolve } = Promise.withResolvers<void>()
  flushed.add(resolve)
  signal.addEventListener('abort', () => resolve(), { once: true })
  await promise
  flushed.delete(resolve)
}
