/** The named edits of a draft: what a key without a character does to the text that is being typed. */
import * as edit from './draft.ts'
import type { PromptAction } from './keys.ts'

export type EditType = Exclude<
  PromptAction['type'],
  'insert' | 'newline' | 'submit' | 'complete' | 'dismiss' | 'clear' | 'up' | 'down' | 'interrupt' | 'end-of-input'
>

const EDITS: Readonly<Record<EditType, (draft: edit.Draft) => edit.Draft>> = {
  left: edit.moveLeft,
  right: edit.moveRight,
  'word-left': edit.moveWordLeft,
  'word-right': edit.moveWordRight,
  'line-start': edit.moveLineStart,
  'line-end': edit.moveLineEnd,
  'delete-left': edit.deleteLeft,
  'delete-right': edit.deleteRight,
  'delete-word-left': edit.deleteWordLeft,
  'delete-word-right': edit.deleteWordRight,
  'delete-to-start': edit.deleteToLineStart,
  'delete-to-end': edit.deleteToLineEnd,
}

export function isEdit(type: PromptAction['type']): type is EditType {
  return Object.hasOwn(EDITS, type)
}

export function editDraft(draft: edit.Draft, type: EditType): edit.Draft {
  return EDITS[type](draft)
}
