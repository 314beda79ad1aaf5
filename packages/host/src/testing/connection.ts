/** A connection for tests, with everything its handlers are told recorded. */
import { METHODS } from '@backchannel/protocol'
import { onTestFinished } from 'vitest'
import { type Connection, type ConnectOptions, connectServer } from '../channels/connection.ts'
import type { ServerCommand } from '../channels/process.ts'

/** What its handlers were told. */
export interface Seen {
  readonly events: unknown[]
  readonly garbage: string[]
  readonly problems: string[]
  tooLong: number
  stderr: string
}

/** Options that record; for a connection that is expected to fail. */
export function prepareConnection(
  server: ServerCommand,
  given: Partial<ConnectOptions> = {},
): { readonly seen: Seen; readonly options: ConnectOptions } {
  const seen: Seen = { events: [], garbage: [], problems: [], tooLong: 0, stderr: '' }
  const options: ConnectOptions = {
    ...server,
    startTimeoutMs: 10_000,
    signal: new AbortController().signal,
    handlers: {
      contract: (method, params) => void (method === METHODS.event && seen.events.push(params)),
      garbage: (sample) => void seen.garbage.push(sample),
      tooLong: () => {
        seen.tooLong += 1
      },
      problem: (message) => void seen.problems.push(message),
      stderr: (stream) =>
        void stream.setEncoding('utf8').on('data', (chunk: string) => {
          seen.stderr += chunk
        }),
    },
    ...given,
  }
  return { seen, options }
}

export async function connect(
  server: ServerCommand,
  given: Partial<ConnectOptions> = {},
): Promise<{ readonly seen: Seen; readonly connection: Connection }> {
  const { seen, options } = prepareConnection(server, given)
  const connection = await connectServer(options)
  onTestFinished(() => connection.close())
  return { seen, connection }
}
