/**
 * The permission dialog as a pure machine. A number or an arrow chooses and Enter confirms, so that a person who was just
 * typing can't approve anything by a single key.
 */
import type { StampedEvent } from '../events.ts'
import type { SessionInput } from '../interaction.ts'
import * as edit from './draft.ts'
import type { PromptAction } from './keys.ts'
import { editNote } from './note.ts'

/** A request that is open in this session. */
export interface OpenPermission {
  readonly requestId: string
  readonly tool: string
  readonly description: string
  readonly preview: string
  readonly relayedTo: readonly string[]
}

export interface Choice {
  readonly label: string
  readonly behavior: 'allow' | 'deny'
  readonly scope?: 'session'
  /** Asks for a line for the agent first. */
  readonly note?: true
}

export const CHOICES: readonly Choice[] = [
  { label: 'Allow once', behavior: 'allow' },
  { label: 'Allow this for the rest of the session', behavior: 'allow', scope: 'session' },
  { label: 'Deny', behavior: 'deny' },
  { label: 'Deny, and tell the agent why', behavior: 'deny', note: true },
]

export interface ApprovalState {
  /** The request that is looked at; another one is shown where it has ended. */
  readonly requestId: string | undefined
  /** Nothing is chosen at first. */
  readonly chosen: number | undefined
  /** Being written: what the agent is told with the denial. */
  readonly note: edit.Draft | undefined
}

export interface ApprovalStep {
  readonly state: ApprovalState
  readonly answer?: Extract<SessionInput, { type: 'permission' }>
}

export const EMPTY_APPROVAL: ApprovalState = { requestId: undefined, chosen: undefined, note: undefined }
/** Characters of a note. */
export const LONGEST_NOTE = 500

/** The requests that are open after `event`, oldest first. */
export function trackPermissions(open: readonly OpenPermission[], event: StampedEvent): readonly OpenPermission[] {
  switch (event.type) {
    case 'permission.requested': {
      const { request_id: requestId, tool_name: tool, description, input_preview: preview } = event
      return [...open, { requestId, tool, description, preview, relayedTo: event.relayed_to }]
    }
    case 'permission.resolved':
      return open.filter(({ requestId }) => requestId !== event.request_id)
    case 'session.ended':
      return []
    default:
      return open
  }
}

/** The one that is looked at: the same as before while it is open, else the oldest. */
export function currentPermission(
  open: readonly OpenPermission[],
  state: ApprovalState,
): { readonly request: OpenPermission; readonly index: number } | undefined {
  const at = open.findIndex(({ requestId }) => requestId === state.requestId)
  const index = Math.max(0, at)
  const request = open[index]
  return request && { request, index }
}

/** What was chosen for a request is gone with it. */
export function followPermissions(open: readonly OpenPermission[], state: ApprovalState): ApprovalState {
  const current = currentPermission(open, state)?.request.requestId
  return current === state.requestId ? state : { ...EMPTY_APPROVAL, requestId: current }
}

/** Esc with nothing chosen, and the start of a command: pairing a phone, say, is done while something waits for it. */
export function setsAside({ chosen, note }: ApprovalState, action: PromptAction): boolean {
  if (note) return false
  return action.type === 'insert' ? action.text.startsWith('/') : action.type === 'dismiss' && chosen === undefined
}

/** @returns what a key does; `answer` once it is confirmed */
export function reduceApproval(
  open: readonly OpenPermission[],
  state: ApprovalState,
  action: PromptAction,
): ApprovalStep {
  const current = currentPermission(open, state)
  if (!current) return { state }
  if (state.note) return reduceNote(current.request, state, state.note, action)
  switch (action.type) {
    case 'up':
      return { state: { ...state, chosen: ((state.chosen ?? 0) + CHOICES.length - 1) % CHOICES.length } }
    case 'down':
      return { state: { ...state, chosen: state.chosen === undefined ? 0 : (state.chosen + 1) % CHOICES.length } }
    case 'insert': {
      // Keys that come fast come together.
      const digit = [...action.text].findLast((key) => /^[1-9]$/.test(key) && Number(key) <= CHOICES.length)
      return { state: digit === undefined ? state : { ...state, chosen: Number(digit) - 1 } }
    }
    case 'dismiss':
      return { state: { ...state, chosen: undefined } }
    case 'complete': {
      const next = open[(current.index + 1) % open.length]
      return { state: { ...EMPTY_APPROVAL, requestId: next?.requestId } }
    }
    case 'submit':
      return confirm(current.request, state)
    default:
      return { state }
  }
}

function confirm({ requestId }: OpenPermission, state: ApprovalState): ApprovalStep {
  const choice = state.chosen === undefined ? undefined : CHOICES[state.chosen]
  if (!choice) return { state }
  if (choice.note) return { state: { ...state, note: edit.EMPTY_DRAFT } }
  const scope = choice.scope === undefined ? {} : { scope: choice.scope }
  return {
    state: EMPTY_APPROVAL,
    answer: { type: 'permission', request_id: requestId, behavior: choice.behavior, ...scope },
  }
}

function reduceNote(
  { requestId }: OpenPermission,
  state: ApprovalState,
  note: edit.Draft,
  action: PromptAction,
): ApprovalStep {
  switch (action.type) {
    case 'dismiss':
      return { state: { ...state, note: undefined } }
    case 'submit': {
      const text = note.text.trim()
      const answer = { type: 'permission', request_id: requestId, behavior: 'deny' } as const
      return { state: EMPTY_APPROVAL, answer: text === '' ? answer : { ...answer, note: text } }
    }
    default:
      return { state: { ...state, note: editNote(note, action, LONGEST_NOTE) } }
  }
}
