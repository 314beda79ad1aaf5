/** What an approver reads: tool, description and input, whatever a request holds, and how to answer. */
import type { PermissionRequest } from '@backchannel/protocol'
import type { Resolution } from './relay.ts'
import { showBothEnds, showOnOneLine, showPlainly } from './show.ts'

export interface PromptOptions {
  /** The most characters of the whole prompt, such as 4,096 on Telegram. Default 4,000; never less than 400. */
  readonly limit?: number
  /** Where answers are typed, the words for it come last. Default true; `false` for a channel with buttons. */
  readonly typed?: boolean
}

const DEFAULT_LIMIT = 4_000
const LEAST_LIMIT = 400

/**
 * Lines that a chat can show as they are: the tool, the description, the input with its end visible, how to answer. What a
 * text holds can't begin a line of its own, hide, or turn the writing around.
 */
export function renderPrompt(
  request: PermissionRequest,
  { limit = DEFAULT_LIMIT, typed = true }: PromptOptions = {},
): string {
  const { requestId, toolName, description, inputPreview } = request
  const answer = typed ? `\nAnswer: yes ${requestId}  or  no ${requestId}` : ''
  const head = `The agent asks to use ${showPlainly(toolName)}`
  const room = Math.max(limit, LEAST_LIMIT) - head.length - answer.length - 2
  // The input is what will run: the description never takes its place.
  const described = showBothEnds(showOnOneLine(description), Math.floor(room / 4))
  const input = showBothEnds(showOnOneLine(inputPreview), room - [...described].length)
  return `${head}\n${described}\n${input}${answer}`
}

const OUTCOMES: Readonly<Record<Resolution['outcome'], string>> = {
  allow: 'allowed',
  deny: 'denied',
  expired: 'expired',
  cancelled: 'cancelled',
}

/** One line for the same chats, once it has ended: `Bash: allowed by terminal.` */
export function renderResolution({ toolName }: PermissionRequest, { outcome, by }: Resolution): string {
  return `${showPlainly(toolName)}: ${OUTCOMES[outcome]}${by === '' ? '' : ` by ${showPlainly(by)}`}.`
}
