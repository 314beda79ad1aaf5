/** What sessions and the holder say to each other, read loosely and within bounds: a peer of ours may be of another version. */
import { isRecord } from '@backchannel/protocol'
import type { ControlOutcome } from '../../relay/control.ts'
import type { OpenQuestion, OpenRequest } from '../../relay/open-requests.ts'
import type { QuestionResolution, SenderAnswer } from '../../relay/questions.ts'
import type { Resolution, SenderVerdict } from '../../relay/relay.ts'
import type { SessionInfo } from '../routing/seats.ts'
import type { OfferedEvent, Outcome } from '../session-end.ts'

/** Requests and notifications of a session. */
export const FROM_SESSION = {
  /** Takes a place; the answer has its name. */
  attach: 'attach',
  /** A call of a tool, by a key that is the same when it is said again to another holder. */
  call: 'call',
  /** What became of an event. */
  outcome: 'outcome',
  /** A permission prompt or a question to be shown, and its end. */
  ask: 'ask',
  resolve: 'resolve',
  /** What came of control over it. */
  told: 'told',
  /** Whether its host lets events in, where that has changed. */
  takes: 'takes',
  /** It ends in order. */
  bye: 'bye',
} as const

/** Requests and notifications of the holder. */
export const FROM_HOLDER = {
  event: 'event',
  verdict: 'verdict',
  answer: 'answer',
  /** What a typed text means as an answer. */
  typed: 'typed',
  /** Which prompts, and which questions, somebody could answer in a chat. */
  open: 'open',
  questions: 'questions',
  control: 'control',
} as const

export interface Attaching {
  readonly info: SessionInfo
  readonly unfinished: readonly Outcome[]
  readonly finished: readonly Outcome[]
  /** Whether its host lets events in. */
  readonly takes: boolean
  /** Prompts that are open. */
  readonly requests: readonly OpenRequest[]
  readonly questions: readonly OpenQuestion[]
}

export interface Call {
  readonly key: string
  readonly tool: string
  readonly input: unknown
  /** It was said to another holder before. */
  readonly again: boolean
}

const MOST_LIST = 2_000
const MOST_NAME = 4_096
const OUTCOMES: ReadonlySet<unknown> = new Set(['queued', 'started', 'completed', 'failed', 'dropped', 'read'])

export function readAttaching(params: unknown): Attaching | undefined {
  if (!isRecord(params)) return undefined
  const { id, name, pid, cwd } = params
  if (!isText(id) || !isText(name) || !isText(cwd) || id === '' || !Number.isSafeInteger(pid)) return undefined
  return {
    info: { id, name, cwd, pid: pid as number },
    unfinished: readList(params['unfinished'], readOutcome),
    finished: readList(params['finished'], readOutcome),
    takes: params['takes'] !== false,
    requests: readList(params['requests'], readRequest),
    questions: readList(params['questions'], readQuestion),
  }
}

export function readOutcome(value: unknown): Outcome | undefined {
  if (!isRecord(value)) return undefined
  const { eventId, state, reason } = value
  if (!isText(eventId) || !OUTCOMES.has(state)) return undefined
  return { eventId, state: state as Outcome['state'], ...(isText(reason) ? { reason } : {}) }
}

export function readCall(params: unknown): Call | undefined {
  if (!isRecord(params)) return undefined
  const { key, tool, input, again } = params
  return isText(key) && key !== '' && isText(tool) ? { key, tool, input, again: again === true } : undefined
}

export function readEvent(params: unknown): OfferedEvent | undefined {
  if (!isRecord(params)) return undefined
  const { eventId, content, meta, redelivered } = params
  if (!isText(eventId) || typeof content !== 'string' || !isTexts(meta)) return undefined
  return { eventId, content, meta, redelivered: redelivered === true }
}

export function readRequest(value: unknown): OpenRequest | undefined {
  if (!isRecord(value)) return undefined
  const { requestId, toolName, description, inputPreview, chats } = value
  if (!isText(requestId) || !isText(toolName) || typeof description !== 'string') return undefined
  if (typeof inputPreview !== 'string' || !Array.isArray(chats) || !chats.every(isText)) return undefined
  return { requestId, toolName, description, inputPreview, chats }
}

export function readResolution(value: unknown): Resolution | undefined {
  if (!isRecord(value)) return undefined
  const { outcome, by } = value
  if (outcome !== 'allow' && outcome !== 'deny' && outcome !== 'expired' && outcome !== 'cancelled') return undefined
  return { outcome, by: isText(by) ? by : '' }
}

export function readVerdict(value: unknown): SenderVerdict | undefined {
  if (!isRecord(value)) return undefined
  const { requestId, behavior, scope, sender, chat } = value
  if (!isText(requestId) || !isText(sender) || !isText(chat)) return undefined
  if (behavior !== 'allow' && behavior !== 'deny') return undefined
  return { requestId, behavior, sender, chat, ...(scope === 'session' ? { scope } : {}) }
}

export function readQuestion(value: unknown): OpenQuestion | undefined {
  if (!isRecord(value)) return undefined
  const { questionId, text, choices, multiple, allowText, chats } = value
  if (!isText(questionId) || typeof text !== 'string' || !Array.isArray(choices)) return undefined
  if (!Array.isArray(chats) || !chats.every(isText)) return undefined
  const isChoice = (one: unknown) => isRecord(one) && isText(one['id']) && typeof one['label'] === 'string'
  if (!choices.every(isChoice)) return undefined
  return { questionId, text, choices, multiple: multiple === true, allowText: allowText === true, chats }
}

export function readQuestionResolution(value: unknown): QuestionResolution | undefined {
  if (!isRecord(value)) return undefined
  const { outcome, by, labels, text } = value
  if (outcome !== 'answered' && outcome !== 'expired' && outcome !== 'cancelled') return undefined
  if (!Array.isArray(labels) || !labels.every((one) => typeof one === 'string')) return undefined
  return { outcome, by: isText(by) ? by : '', labels, ...(typeof text === 'string' ? { text } : {}) }
}

export function readAnswer(value: unknown): SenderAnswer | undefined {
  if (!isRecord(value)) return undefined
  const { questionId, choices, text, sender, chat } = value
  if (!isText(questionId) || !isText(sender) || !isText(chat)) return undefined
  if (!Array.isArray(choices) || !choices.every(isText)) return undefined
  return { questionId, choices, sender, chat, ...(typeof text === 'string' ? { text } : {}) }
}

export function readTold(value: unknown): (ControlOutcome & { readonly key: string }) | undefined {
  if (!isRecord(value)) return undefined
  const { key, ok, text, pending } = value
  if (!isText(key) || typeof text !== 'string') return undefined
  return { key, ok: ok === true, text, ...(pending === true ? { pending } : {}) }
}

function readList<Item>(value: unknown, read: (item: unknown) => Item | undefined): readonly Item[] {
  return Array.isArray(value) ? value.slice(0, MOST_LIST).flatMap((item) => read(item) ?? []) : []
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MOST_NAME
}

function isTexts(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((one) => typeof one === 'string')
}
