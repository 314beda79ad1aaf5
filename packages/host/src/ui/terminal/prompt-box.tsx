/** The box in which one types, and the list of commands below it. */
import { Box, Text } from 'ink'
import { type ReactNode, useContext } from 'react'
import { textWidth, truncateToWidth } from '../width.ts'
import { windowStart } from './allotment.ts'
import type { CommandHint } from './completion.ts'
import type { DraftLayout } from './draft-layout.ts'
import { DIM, ThemeContext } from './theme.ts'

const PLACEHOLDER = 'Type a message, or / for commands'

export interface PromptBoxProps {
  readonly layout: DraftLayout
  /** The first row that is shown, and how many are. */
  readonly firstRow: number
  readonly rows: number
  readonly border: boolean
  readonly columns: number
  readonly empty: boolean
  readonly active: boolean
}

export function PromptBox({ layout, firstRow, rows, border, columns, empty, active }: PromptBoxProps): ReactNode {
  const theme = useContext(ThemeContext)
  const shown = layout.rows.slice(firstRow, firstRow + rows)
  const content = shown.map(({ text, start }, index) => (
    <Text key={start} wrap="truncate">
      <Text {...(active ? {} : DIM)}>{firstRow + index === 0 ? `${theme.glyphs.prompt} ` : '  '}</Text>
      {empty ? <Text {...DIM}>{truncateToWidth(PLACEHOLDER, columns - 6)}</Text> : text}
    </Text>
  ))
  if (!border) return <Box flexDirection="column">{content}</Box>
  return (
    <Box borderStyle={theme.border} borderDimColor paddingX={1} flexDirection="column">
      {content}
    </Box>
  )
}

export interface CompletionsProps {
  readonly commands: readonly CommandHint[]
  readonly selected: number
  readonly rows: number
  readonly columns: number
}

export function Completions({ commands, selected, rows, columns }: CompletionsProps): ReactNode {
  const theme = useContext(ThemeContext)
  const chosen = Math.min(selected, commands.length - 1)
  const first = windowStart(commands.length, rows, chosen)
  const nameWidth = Math.min(Math.max(...commands.map(({ name }) => textWidth(name))) + 3, Math.floor(columns / 2))
  return commands.slice(first, first + rows).map(({ name, summary }, index) => {
    const isChosen = first + index === chosen
    return (
      <Text key={name} wrap="truncate" {...(isChosen ? theme.accent : DIM)}>
        {`  ${truncateToWidth(name, nameWidth).padEnd(nameWidth)}${truncateToWidth(summary, columns - nameWidth - 2)}`}
      </Text>
    )
  })
}
