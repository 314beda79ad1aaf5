/** The prompt as a pure machine: draft, history and completion in; the next state, and what was submitted, out. */
import { type CommandHint, isCommand, isName, matchCommands, withoutSecrets } from './completion.ts'
import * as edit from './draft.ts'
import { editDraft } from './draft-edits.ts'
import { moveByRow } from './draft-layout.ts'
import type { PromptAction } from './keys.ts'

export interface PromptState {
  readonly draft: edit.Draft
  /** What was submitted, oldest first. */
  readonly history: readonly string[]
  /** Where in the history the draft came from; `history.length` for the draft that is new. */
  readonly position: number
  /** The new draft, kept while the history is looked through. */
  readonly kept: string
  /** The chosen line of the completion list. */
  readonly selected: number
  /** The list was dismissed for this draft. */
  readonly dismissed: boolean
  /** Something the person should know about the last key. */
  readonly hint: string | undefined
}

export interface PromptContext {
  /** Columns of a row of the draft. */
  readonly columns: number
  readonly commands: readonly CommandHint[]
}

export interface PromptStep {
  readonly state: PromptState
  /** A whole line for the session, trimmed. */
  readonly submitted?: string
}

export const HISTORY_KEPT = 500
export const EMPTY_PROMPT: PromptState = {
  draft: edit.EMPTY_DRAFT,
  history: [],
  position: 0,
  kept: '',
  selected: 0,
  dismissed: false,
  hint: undefined,
}

/** The completion list as it is shown now. */
export function openCompletions(
  { draft, dismissed }: PromptState,
  commands: readonly CommandHint[],
): readonly CommandHint[] {
  return dismissed ? [] : matchCommands(draft, commands)
}

/** `interrupt` and `end-of-input` are the caller's: they concern the session. */
export function reducePrompt(state: PromptState, action: PromptAction, context: PromptContext): PromptStep {
  const completions = openCompletions(state, context.commands)
  const chosen = completions[Math.min(state.selected, completions.length - 1)]
  switch (action.type) {
    case 'insert':
      return insert(state, action.text)
    case 'newline':
      return insert(state, '\n')
    case 'submit':
      return submit(state, chosen)
    case 'complete':
      return { state: chosen ? withDraft(state, draftOf(`${chosen.name} `)) : state }
    case 'dismiss':
      return { state: { ...state, dismissed: true, hint: undefined } }
    case 'clear':
      return { state: { ...withDraft(state, edit.EMPTY_DRAFT), position: state.history.length, kept: '' } }
    case 'up':
    case 'down':
      return { state: vertical(state, action.type === 'up' ? -1 : 1, completions.length, context.columns) }
    case 'interrupt':
    case 'end-of-input':
      return { state }
    default:
      return { state: withDraft(state, editDraft(state.draft, action.type)) }
  }
}

function insert(state: PromptState, text: string): PromptStep {
  const draft = edit.insertText(state.draft, text)
  if (draft) return { state: withDraft(state, draft) }
  return { state: { ...state, hint: `That would make the message longer than ${edit.LONGEST_DRAFT} characters.` } }
}

/** A backslash before Enter is a newline; the start of a command is the command that the list has chosen. */
function submit(state: PromptState, chosen: CommandHint | undefined): PromptStep {
  const { text, cursor } = state.draft
  if (text[cursor - 1] === '\\') {
    const draft = { text: `${text.slice(0, cursor - 1)}\n${text.slice(cursor)}`, cursor }
    return { state: withDraft(state, draft) }
  }
  // A word inside of a command is taken as it was typed: Enter must not make another sender of it.
  const submitted = ((isName(text) ? chosen?.name : undefined) ?? text).trim()
  if (submitted === '') return { state }
  const kept = withoutSecrets(submitted)
  const repeated = state.history.at(-1) === kept
  const history = repeated ? state.history : [...state.history, kept].slice(-HISTORY_KEPT)
  return { state: { ...EMPTY_PROMPT, history, position: history.length }, submitted }
}

/** In the list, then in the draft's rows, then in the history. */
function vertical(state: PromptState, by: -1 | 1, listed: number, columns: number): PromptState {
  if (listed > 0) {
    const selected = (Math.min(state.selected, listed - 1) + by + listed) % listed
    return { ...state, selected, hint: undefined }
  }
  const moved = moveByRow(state.draft, columns, by)
  if (moved) return { ...state, draft: moved, hint: undefined }
  const position = state.position + by
  if (position < 0 || position > state.history.length) return state
  const kept = state.position === state.history.length ? state.draft.text : state.kept
  const text = position === state.history.length ? kept : (state.history[position] ?? '')
  // An old command must not open the list, or the next key would walk the list and not the history.
  return { ...withDraft(state, draftOf(text)), position, kept, dismissed: isCommand(text) }
}

function withDraft(state: PromptState, draft: edit.Draft): PromptState {
  const changed = draft.text !== state.draft.text
  return {
    ...state,
    draft,
    selected: changed ? 0 : state.selected,
    dismissed: changed ? false : state.dismissed,
    hint: undefined,
  }
}

function draftOf(text: string): edit.Draft {
  return { text, cursor: text.length }
}
