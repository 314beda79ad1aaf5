/** The process of an ACP agent: in a group of its own, marked, and gone with everything it has started when it ends. */

import type { Stream } from '@agentclientprotocol/sdk'
import { spawnServer } from '../../channels/process.ts'
import { createStderrNotices } from '../../channels/stderr-notices.ts'
import { createMark, killMarked } from '../../processes/descendants.ts'
import { createStdioStream } from './stdio-stream.ts'

export interface AgentProcessOptions {
  readonly command: readonly [command: string, ...args: string[]]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

export interface AgentProcess {
  readonly pid: number
  readonly stream: Stream
  /** Resolves when it has ended and nothing of it runs any more, with words: `was killed by SIGKILL`. */
  readonly ended: Promise<string>
  /** The line of its stderr that explains an end best. */
  readonly lastWords: string | undefined
  /** What it wrote on stdout that was no message: the start of the first such line. */
  readonly garbage: string | undefined
  /** Closes its input, asks, then kills; within two seconds. Idempotent. */
  close(): Promise<void>
}

/** @throws BackchannelError `spawn-failed` */
export async function startAgentProcess({ command, cwd, env }: AgentProcessOptions): Promise<AgentProcess> {
  const mark = createMark()
  const [program, ...args] = command
  const child = await spawnServer({ command: program, args, cwd, env: { ...env, [mark.name]: mark.value } })
  // Its log is its own: of what it writes there, only what explains an end is told.
  const errors = createStderrNotices('agent', () => {})
  errors.read(child.stderr)
  let garbage: string | undefined
  const stream = createStdioStream(child, (sample) => {
    garbage ??= sample ?? '(a line of more than 32 MB)'
  })
  const ended = child.ended.then(async (words) => {
    await killMarked(mark)
    return words
  })
  return {
    pid: child.pid,
    stream,
    ended,
    get lastWords() {
      return errors.last
    },
    get garbage() {
      return garbage
    },
    async close() {
      await child.close()
      await ended
    },
  }
}
