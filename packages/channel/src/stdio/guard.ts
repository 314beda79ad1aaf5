/** Keeps stdout for JSON-RPC: whatever a library or the author prints goes to stderr instead. */
import type { Writable } from 'node:stream'

/** Writes one chunk to the real stdout; `false` asks to wait for `drain`, as `Writable.write` does. */
export type RawWrite = (chunk: string) => boolean

/**
 * Takes stdout over: from here on `process.stdout.write` and `console.*` write to stderr.
 * @returns the only way left to the real stdout.
 */
export function guardStdout(stdout: Writable = process.stdout, stderr: Writable = process.stderr): RawWrite {
  const write = stdout.write.bind(stdout) as (chunk: string) => boolean
  stdout.write = ((...parameters: Parameters<Writable['write']>) => stderr.write(...parameters)) as Writable['write']
  return (chunk) => write(chunk)
}
