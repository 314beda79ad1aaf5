/** What Claude's provider answered, in words for people: in the terminal, and in the chat that waits. */
import { BackchannelError, isRecord } from '@backchannel/protocol'
import type { AgentReport } from '../agent.ts'
import type { SdkMessage } from './sdk-types.ts'

const CAUSES: Readonly<Record<string, { readonly reason: string; readonly hint: string }>> = {
  authentication_failed: {
    reason: 'Claude is not signed in, or its key is refused',
    hint: 'Run "claude" once and sign in, or set ANTHROPIC_API_KEY.',
  },
  oauth_org_not_allowed: {
    reason: 'the organisation does not allow this login',
    hint: 'Sign in with another account, or ask who runs the organisation.',
  },
  rate_limit: { reason: 'the usage limit is reached', hint: 'Wait until it ends, or choose another --model.' },
  billing_error: { reason: 'the account has no credit', hint: 'Add credit to the account of the key.' },
  overloaded: { reason: 'the provider is overloaded', hint: 'Send it again in a while.' },
  server_error: { reason: 'the provider did not answer, or answered with an error', hint: 'Send it again in a while.' },
  model_not_found: { reason: 'there is no such model', hint: 'Choose another one with --model.' },
  invalid_request: { reason: 'the provider refused the request', hint: '/new starts a new conversation.' },
  max_output_tokens: { reason: 'the answer was too long', hint: 'Ask for less at a time.' },
}
const DETAIL_UNITS = 300

/** Whether there are words for this cause. */
export function isKnownCause(cause: unknown): cause is string {
  return typeof cause === 'string' && Object.hasOwn(CAUSES, cause)
}

/** Of a `system/api_retry`: the provider failed, and Claude tries again. */
export function readRetry(message: SdkMessage, now: number): AgentReport {
  const { error, error_status: status, retry_delay_ms: delay } = message
  const code = status === 529 ? 'overloaded' : String(error)
  const reason = CAUSES[code]?.reason ?? 'the provider answered with an error'
  return { kind: 'waiting', reason, ...(typeof delay === 'number' ? { retryAt: now + delay } : {}) }
}

/** Of a `rate_limit_event` that stops the work; `undefined` for one that only counts. */
export function readLimit({ rate_limit_info: info }: SdkMessage): AgentReport | undefined {
  if (!isRecord(info) || info['status'] !== 'rejected') return undefined
  const resets = info['resetsAt']
  return {
    kind: 'waiting',
    reason: 'the usage limit is reached',
    ...(typeof resets === 'number' ? { retryAt: resets * 1000 } : {}),
  }
}

/**
 * @param cause `error` of the assistant's message, where there was one
 * @returns `undefined` for a turn that went well
 */
export function readFailure(result: SdkMessage, cause: string | undefined): BackchannelError | undefined {
  if (result['is_error'] !== true && result.subtype === 'success') return undefined
  const known = cause === undefined ? undefined : CAUSES[cause]
  const detail = readDetail(result)
  if (known) return failed(`${capitalise(known.reason)}${detail === '' ? '' : `: ${detail}`}.`, known.hint)
  if (result.subtype === 'error_max_turns')
    return failed('Claude took more steps than it may.', 'Ask for less at a time.')
  if (result.subtype === 'error_max_budget_usd')
    return failed('The budget of the session is spent.', 'Start another session.')
  return failed(
    `Claude could not complete the turn${detail === '' ? '' : `: ${detail}`}.`,
    'Start with --debug FILE to see more.',
  )
}

function failed(message: string, hint: string): BackchannelError {
  return new BackchannelError('agent-failed', message, { hint })
}

function readDetail({ result, errors }: SdkMessage): string {
  const texts = typeof result === 'string' && result !== '' ? [result] : Array.isArray(errors) ? errors : []
  const text = texts.filter((item) => typeof item === 'string').join('; ')
  return text.replace(/\s+/g, ' ').trim().replace(/\.$/, '').slice(0, DETAIL_UNITS)
}

function capitalise(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
