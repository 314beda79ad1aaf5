/** Calls of a platform, tried again within bounds: by the kind of the failure, and by the platform's own word on when. */
import { PlatformError } from '../platform/platform-error.ts'
import { type Pace, waitUntil } from './pace.ts'

export interface AttemptOptions {
  readonly chatId: string
  readonly pace: Pace
  readonly signal: AbortSignal
  /** Whether a second time does no harm, as for an edit. Else `repeated` says that it may be one. */
  readonly idempotent?: boolean
  readonly limits?: AttemptLimits
}

export interface AttemptLimits {
  readonly most: number
  /** The longest that the platform may ask to wait. A longer wait fails at once and says so. */
  readonly longestWaitMs: number
  /** Before the second try; doubled each time. */
  readonly firstPauseMs: number
  /** For one call; without an answer by then nobody knows what became of it. */
  readonly callMs: number
}

export const ATTEMPT_LIMITS: AttemptLimits = {
  most: 5,
  longestWaitMs: 60_000,
  firstPauseMs: 300,
  callMs: 120_000,
}

/**
 * @param call gets whether an earlier try may have arrived, and a signal of its own
 * @throws PlatformError of the last try; the reason of the signal
 */
export async function attempt<Result>(
  call: (repeated: boolean, signal: AbortSignal) => Promise<Result>,
  { chatId, pace, signal, idempotent = false, limits = ATTEMPT_LIMITS }: AttemptOptions,
): Promise<Result> {
  let repeated = false
  for (let count = 1; ; count += 1) {
    const wait = pace.until(chatId) - Date.now()
    if (wait > limits.longestWaitMs) throw tooLong(wait)
    await waitUntil(pace.until(chatId), signal)
    try {
      return await inTime((until) => call(repeated && !idempotent, until), signal, limits.callMs)
    } catch (thrown) {
      if (!PlatformError.is(thrown) || signal.aborted) throw thrown
      const { kind, retryAfterMs, everywhere } = thrown
      if (kind === 'refused' || kind === 'unauthorized') throw thrown
      if (kind === 'unknown') repeated = true
      if (retryAfterMs !== undefined) pace.hold(chatId, retryAfterMs, everywhere)
      if (retryAfterMs !== undefined && retryAfterMs > limits.longestWaitMs) throw thrown
      if (count >= limits.most) throw thrown
      if (retryAfterMs === undefined) await waitUntil(Date.now() + limits.firstPauseMs * 2 ** (count - 1), signal)
    }
  }
}

async function inTime<Result>(
  call: (signal: AbortSignal) => Promise<Result>,
  signal: AbortSignal,
  callMs: number,
): Promise<Result> {
  const late = AbortSignal.timeout(callMs)
  try {
    return await call(AbortSignal.any([signal, late]))
  } catch (thrown) {
    if (!late.aborted || signal.aborted || PlatformError.is(thrown)) throw thrown
    throw new PlatformError(`the platform did not answer within ${callMs / 1000} s`, { kind: 'unknown', cause: thrown })
  }
}

function tooLong(ms: number): PlatformError {
  const seconds = Math.ceil(ms / 1000)
  return new PlatformError(`the platform asks to wait ${seconds} s before anything more is sent there`, {
    kind: 'unsent',
    retryAfterMs: ms,
  })
}
