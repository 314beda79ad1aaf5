/** One line of words inside of a dialog: what one tells the agent beside a choice. */
import * as edit from './draft.ts'
import { editDraft, isEdit } from './draft-edits.ts'
import type { PromptAction } from './keys.ts'

/** What would make it longer than `longest` characters is not taken; a line break becomes a space. */
export function editNote(note: edit.Draft, action: PromptAction, longest: number): edit.Draft {
  if (isEdit(action.type)) return editDraft(note, action.type)
  if (action.type !== 'insert') return note
  const longer = edit.insertText(note, action.text.replace(/\s+/g, ' '))
  return longer && longer.text.length <= longest ? longer : note
}
