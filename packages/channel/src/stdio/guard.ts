/** Keeps stdout for JSON-RPC: whatever a library or the author prints goes to stderr instead. */

/** Writes one chunk to the real stdout; `false` asks to wait for `drain`, as `Writable.write` does. */
export type RawWrite = (chunk: string) => boolean

let rawWrite: RawWrite | undefined

/**
 * Takes stdout over: from here on `process.stdout.write`, `process.stdout.end` and `console` write to stderr. May be
 * called again. What goes past them reaches stdout all the same: a child process with an inherited stdout, `fs` on
 * descriptor 1, `Bun.stdout`.
 * @returns the only way left to the real stdout.
 */
export function guardStdout(): RawWrite {
  rawWrite ??= takeOver()
  return rawWrite
}

function takeOver(): RawWrite {
  const { stdout } = process
  const write = stdout.write.bind(stdout) as RawWrite
  stdout.write = printed as typeof stdout.write
  // A stdout that has ended could carry no further message.
  stdout.end = ((...parameters: unknown[]) => {
    if (typeof parameters[0] !== 'function' && parameters[0] !== undefined) printed(...parameters)
    return stdout
  }) as typeof stdout.end
  redirectConsole()
  // A host that closes stderr loses the log; the channel goes on.
  process.stderr.on('error', () => {})
  return (chunk) => write(chunk)
}

/** Always true: whoever was told to wait would wait for a `drain` of stdout, which is not theirs. */
function printed(...parameters: unknown[]): true {
  process.stderr.write(...(parameters as Parameters<typeof process.stderr.write>))
  return true
}

/** Bun's console does not go through `process.stdout`. */
function redirectConsole(): void {
  const target = globalThis.console as unknown as Record<string, unknown>
  // biome-ignore lint/suspicious/noConsole: it is the one that is put in place of the console.
  const own = new globalThis.console.Console(process.stderr, process.stderr) as unknown as Record<string, unknown>
  for (const key of Object.keys(target)) {
    const method = own[key]
    if (typeof method === 'function') target[key] = method.bind(own)
  }
  if (typeof target['write'] === 'function') target['write'] = (...chunks: string[]) => printed(chunks.join(''))
}
