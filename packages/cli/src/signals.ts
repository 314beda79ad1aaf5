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
  // Node would listen for a debugger, by which any program of this user could answer in the operator's place. For good.
  if (process.platform !== 'win32') process.on('SIGUSR1', () => {})
  return () => {
    for (const signal of ENDING) process.off(signal, listener)
  }
}
