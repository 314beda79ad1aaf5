/** One prompt from the moment it is sent to its end: answered, refused, cancelled, or cut off by the end of the process. */
import { BackchannelError, isRecord } from '@backchannel/protocol'
import type { AcpConnection } from './connection.ts'
import { errorCode, explainFailure, isUnknownSession } from './failure.ts'
import type { AcpSession } from './session.ts'

export interface PromptRequest {
  readonly connection: AcpConnection
  readonly session: AcpSession
  readonly prompt: readonly object[]
  readonly cancelLimitMs: number
}

export interface PromptUsage {
  readonly inputTokens: number
  readonly outputTokens: number
}

export type PromptEnd =
  | { readonly kind: 'done'; readonly usage?: PromptUsage | undefined; readonly notice?: string | undefined }
  | { readonly kind: 'failed'; readonly usage?: PromptUsage | undefined; readonly error: unknown }
  /** The process, or what it drives, has ended. `how` completes "it …". */
  | { readonly kind: 'lost'; readonly how: string }

/** Never rejects. When the signal aborts, the prompt is cancelled; who does not stop in time counts as lost. */
export async function runPrompt(request: PromptRequest, signal: AbortSignal): Promise<PromptEnd> {
  const { connection, prompt, cancelLimitMs } = request
  const { id: sessionId } = request.session
  const tooLate = Promise.withResolvers<PromptEnd>()
  let limit: NodeJS.Timeout | undefined
  const cancel = () => {
    connection.notify('session/cancel', { sessionId })
    limit = setTimeout(() => tooLate.resolve({ kind: 'lost', how: 'did not stop when it was told to' }), cancelLimitMs)
  }
  signal.addEventListener('abort', cancel, { once: true })
  try {
    const answered = connection.request('session/prompt', { sessionId, prompt }).then(
      (answer) => readEnd(answer, signal),
      (thrown) => readFailure(thrown, request, signal),
    )
    const ended = connection.process.ended.then((how): PromptEnd => ({ kind: 'lost', how }))
    return await Promise.race([answered, ended, tooLate.promise])
  } finally {
    signal.removeEventListener('abort', cancel)
    clearTimeout(limit)
  }
}

function readEnd(answer: unknown, signal: AbortSignal): PromptEnd {
  const reason = isRecord(answer) ? answer['stopReason'] : undefined
  const usage = readUsage(answer)
  if (signal.aborted) return { kind: 'failed', usage, error: signal.reason }
  switch (reason) {
    case 'cancelled':
      return { kind: 'failed', usage, error: failed('The agent has cancelled the turn by itself.') }
    case 'refusal':
      return { kind: 'failed', usage, error: failed("The agent's model refused to go on.") }
    case 'max_tokens':
      return { kind: 'done', usage, notice: '(The answer ends here: its model may write no more in one turn.)' }
    case 'max_turn_requests':
      return { kind: 'done', usage, notice: '(It ends here: the agent may ask its model no more often in one turn.)' }
    default:
      return { kind: 'done', usage }
  }
}

async function readFailure(thrown: unknown, request: PromptRequest, signal: AbortSignal): Promise<PromptEnd> {
  const { process: agentProcess } = request.connection
  if (errorCode(thrown) === undefined) {
    // The connection has closed; its process ends with it, or is ended.
    await agentProcess.close()
    return { kind: 'lost', how: await agentProcess.ended }
  }
  if (isUnknownSession(thrown) || (await hasLostItsSession(request)))
    return { kind: 'lost', how: 'has lost its session' }
  return { kind: 'failed', error: signal.aborted ? signal.reason : explainFailure(thrown) }
}

/** An adapter outlives what it drives: the session is then known to it by name only, and even its own mode can't be set. */
async function hasLostItsSession({ connection, session: { id, mode } }: PromptRequest): Promise<boolean> {
  if (mode === undefined) return false
  const asked = connection.request('session/set_mode', { sessionId: id, modeId: mode })
  return await asked.then(
    () => false,
    () => true,
  )
}

function failed(message: string): BackchannelError {
  return new BackchannelError('agent-failed', message)
}

/** As claude-agent-acp and codex-acp tell it. */
function readUsage(answer: unknown): PromptUsage | undefined {
  const meta = isRecord(answer) ? answer['_meta'] : undefined
  const quota = isRecord(meta) ? meta['quota'] : undefined
  const count = isRecord(quota) ? quota['token_count'] : undefined
  if (!isRecord(count)) return undefined
  const sum = (...keys: readonly string[]) => keys.reduce((total, key) => total + (Number(count[key]) || 0), 0)
  return {
    inputTokens: sum('inputTokens', 'cachedInputTokens', 'cachedWriteTokens'),
    outputTokens: sum('outputTokens'),
  }
}
