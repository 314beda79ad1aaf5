/** The question dialog, in place of the prompt: the question, its choices, and the line for own words. */
import { Box, Text } from 'ink'
import { type ReactNode, useContext } from 'react'
import { sanitizeLine } from '../sanitize.ts'
import { truncateToWidth } from '../width.ts'
import { windowStart } from './allotment.ts'
import { fitPreview } from './fit-preview.ts'
import { NoteLine } from './note-line.tsx'
import type { OpenQuestion, QuestionState } from './question.ts'
import { DIM, ThemeContext } from './theme.ts'

export interface QuestionPanelProps {
  readonly open: readonly OpenQuestion[]
  readonly state: QuestionState
  readonly columns: number
  /** Of the terminal. */
  readonly rows: number
}

/** Title, keys, footer, a row for what waits, and a free one above. */
const FIXED_ROWS = 5
/** Of the question, however small the window. */
const LEAST_ROWS = 2
/** Of the choices at a time. */
const MOST_CHOICES = 9

export function QuestionPanel({ open, state, columns, rows }: QuestionPanelProps): ReactNode {
  const theme = useContext(ThemeContext)
  const [question] = open
  if (!question) return undefined
  const { choices, multiple, allowText, relayedTo } = question
  const width = Math.max(12, columns - 4)
  const asked = relayedTo.length > 0 ? ` Also asked in ${relayedTo.join(', ')}.` : ''
  const labels = [...choices.map(({ label }) => label), ...(allowText ? ['In your own words'] : [])]
  const shown = Math.min(labels.length, MOST_CHOICES, Math.max(1, rows - FIXED_ROWS - LEAST_ROWS))
  const first = windowStart(labels.length, shown, state.chosen ?? 0)
  const text = fitPreview(question.text, width, Math.max(LEAST_ROWS, rows - FIXED_ROWS - shown), theme.glyphs.ellipsis)
  const mark = (at: number) => {
    const choice = choices[at]
    if (!multiple || !choice) return ''
    return state.taken.includes(choice.id) ? '[x] ' : '[ ] '
  }
  return (
    <Box flexDirection="column" paddingLeft={2}>
      <Text {...theme.text('warning')} wrap="truncate">
        {sanitizeLine(`${theme.glyphs.question} The agent asks.${asked}`, width)}
      </Text>
      {text.map(({ key, text: row, isCut }) => (
        <Text key={key} wrap="truncate" {...(isCut ? DIM : { bold: true })}>
          {`${theme.glyphs.bar} ${row}`}
        </Text>
      ))}
      {labels.slice(first, first + shown).map((label, offset) => {
        const at = first + offset
        const isChosen = at === state.chosen
        return (
          <Text key={choices[at]?.id ?? 'own words'} wrap="truncate" {...(isChosen ? theme.accent : {})}>
            {sanitizeLine(`${isChosen ? theme.pointer : ' '} ${at + 1}. ${mark(at)}${label}`, width)}
          </Text>
        )
      })}
      {state.words ? (
        <NoteLine label="Your answer: " note={state.words} width={width} />
      ) : (
        <Text {...DIM} wrap="truncate">
          {truncateToWidth(keysOf(question, state), width)}
        </Text>
      )}
      {open.length > 1 && (
        <Text {...DIM} wrap="truncate">
          {`  and ${open.length - 1} more ${open.length === 2 ? 'question waits' : 'questions wait'}`}
        </Text>
      )}
    </Box>
  )
}

function keysOf({ multiple }: OpenQuestion, { chosen, taken }: QuestionState): string {
  if (multiple) return `Numbers or Space to take and let go, Enter to answer with ${taken.length}, Esc to answer later`
  if (chosen !== undefined) return 'Enter to confirm, Esc to choose again'
  return 'A number or the arrow keys to choose, / for a command, Esc to answer later'
}
