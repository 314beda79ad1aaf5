/** What the operating system tells the session: the first signal ends it in order, the second at once. */

const ENDING = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** @returns what stops listening */
export function onSignals(end: (reason: string) => void): () => void {
  let seen = 0
  const listener = (signal: NodeJS.Signals) => {
    seen += 1
    if (seen > 1) process.exit(1)
    end(signal)
  }
  for (const signal of ENDING) process.on(signal, listener)
  return () => {
    for (const signal of ENDING) process.off(signal, listener)
  }
}
