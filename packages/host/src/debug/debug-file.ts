/** `--debug`: everything a session does, one JSON object a line, redacted, in a file that only its owner can read. */
import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { BackchannelError, toError } from '@backchannel/protocol'
import type { HostPaths } from '../settings/paths.ts'
import type { EventStream } from '../ui/events.ts'
import { redactDeep } from './redact.ts'

export interface DebugFile {
  readonly path: string
  /** Resolves when everything is written. Idempotent. */
  close(): Promise<void>
}

/**
 * @param file a path, or `true` for a new file in `~/.backchannel/logs`
 * @throws BackchannelError `state-unwritable`
 */
export async function createDebugFile(
  stream: EventStream,
  file: string | true,
  paths: Pick<HostPaths, 'logs'>,
): Promise<DebugFile> {
  const path = file === true ? join(paths.logs, `session-${Date.now()}-${process.pid}.jsonl`) : resolve(file)
  const out = await open(path)
  const unsubscribe = stream.subscribe((event) => out.write(`${JSON.stringify(redactDeep(event))}\n`))
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    unsubscribe()
    const { promise, resolve: done } = Promise.withResolvers<void>()
    out.end(done)
    return promise
  }
  // A disk that fills up later must not end the session.
  out.on('error', (error) => {
    unsubscribe()
    process.stderr.write(`backchannel: writing ${path} failed, debugging stops: ${error.message}\n`)
  })
  return {
    path,
    close() {
      closing ??= close()
      return closing
    },
  }
}

async function open(path: string) {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const out = createWriteStream(path, { flags: 'a', mode: 0o600 })
    const { promise, resolve: opened, reject } = Promise.withResolvers<void>()
    out.once('open', () => opened())
    out.once('error', reject)
    await promise
    return out
  } catch (thrown) {
    throw new BackchannelError(
      'state-unwritable',
      `The debug file ${path} can't be written: ${toError(thrown).message}.`,
      {
        hint: 'Give another file after --debug.',
        cause: thrown,
      },
    )
  }
}
