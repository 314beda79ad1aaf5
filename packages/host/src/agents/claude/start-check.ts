/** Whether Claude Code has really started: it answers, in time, and is new enough. */
import { setTimeout as sleep } from 'node:timers/promises'
import { toError } from '@backchannel/protocol'
import { tooOld, unavailable } from './problems.ts'
import type { Query } from './sdk-types.ts'
import { isNewEnough, readVersion } from './version.ts'

export interface StartCheck {
  readonly query: Query
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>
  /** Of its stderr, if it has ended. */
  lastWords(): string
}

/** Until it has answered for the first time. */
const START_LIMIT_MS = 30_000
/** Between its refusal and its end, which says more. */
const END_LIMIT_MS = 3_000

/** @throws BackchannelError `agent-unavailable` */
export async function checkStart({ query, ended, lastWords }: StartCheck): Promise<void> {
  const limit = new AbortController()
  const late = async (ms: number, message: string): Promise<never> => {
    await sleep(ms, undefined, { signal: limit.signal })
    throw unavailable(message)
  }
  const early = async (): Promise<never> => {
    await ended
    const words = lastWords().replace(/\.$/, '')
    throw unavailable(`Claude Code ended at its start${words === '' ? '' : `: ${words}`}.`)
  }
  const answered = query
    .initializationResult()
    .catch((thrown) => late(END_LIMIT_MS, `Claude Code refused: ${toError(thrown).message}`))
  try {
    const tooLate = late(START_LIMIT_MS, `Claude Code did not answer within ${START_LIMIT_MS / 1000} s.`)
    const answer = await Promise.race([answered, early(), tooLate])
    const version = readVersion(String(answer['claude_code_version'] ?? ''))
    if (version !== undefined && !isNewEnough(version)) throw tooOld(version)
  } finally {
    limit.abort()
  }
}
