/** A line of words as it is typed in a dialog, its end in sight. */
import { Text } from 'ink'
import type { ReactNode } from 'react'
import { textWidth } from '../width.ts'
import type { Draft } from './draft.ts'
import { DIM } from './theme.ts'

export interface NoteLineProps {
  readonly label: string
  readonly note: Draft
  readonly width: number
}

export function NoteLine({ label, note, width }: NoteLineProps): ReactNode {
  const room = width - label.length - 1
  // The end is what one types at.
  const shown = textWidth(note.text) <= room ? note.text : [...note.text].slice(-Math.floor(room / 2)).join('')
  return (
    <Text wrap="truncate">
      <Text {...DIM}>{label}</Text>
      {shown}
      <Text inverse> </Text>
    </Text>
  )
}
