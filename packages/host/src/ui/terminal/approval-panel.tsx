/** The permission dialog, in place of the prompt: what would run, whole or with its start and end, and what one can answer. */
import { Box, Text } from 'ink'
import { type ReactNode, useContext } from 'react'
import { sanitizeLine } from '../sanitize.ts'
import { truncateToWidth } from '../width.ts'
import { type ApprovalState, CHOICES, currentPermission, type OpenPermission } from './approval.ts'
import { fitPreview } from './fit-preview.ts'
import { NoteLine } from './note-line.tsx'
import { DIM, ThemeContext } from './theme.ts'

export interface ApprovalPanelProps {
  readonly open: readonly OpenPermission[]
  readonly state: ApprovalState
  readonly columns: number
  /** Of the terminal. */
  readonly rows: number
}

/** Title, description, choices, keys, footer, and a free row above. */
const FIXED_ROWS = 5 + CHOICES.length
/** Of the preview, however small the window: its start, what is left out, its end. */
const LEAST_ROWS = 3
/** Of the other requests that wait; the rest is counted. */
const OTHERS_SHOWN = 3

export function ApprovalPanel({ open, state, columns, rows }: ApprovalPanelProps): ReactNode {
  const theme = useContext(ThemeContext)
  const current = currentPermission(open, state)
  if (!current) return undefined
  const { request, index } = current
  const width = Math.max(12, columns - 4)
  const line = (text: string) => sanitizeLine(text, width)
  const count = open.length > 1 ? ` (${index + 1} of ${open.length}; Tab for the next)` : ''
  const asked = request.relayedTo.length > 0 ? ` Also asked in ${request.relayedTo.join(', ')}.` : ''
  const others = open.filter((one) => one !== request)
  const listed = others.length > OTHERS_SHOWN ? OTHERS_SHOWN + 1 : others.length
  const room = Math.max(LEAST_ROWS, rows - FIXED_ROWS - listed)
  const preview = fitPreview(request.preview, width, room, theme.glyphs.ellipsis)
  return (
    <Box flexDirection="column" paddingLeft={2}>
      <Text {...theme.text('warning')} wrap="truncate">
        {line(`${theme.glyphs.question} Allow ${request.tool}?${count}`)}
      </Text>
      <Text wrap="truncate">{line(`${request.description}.${asked}`.replace('..', '.'))}</Text>
      {preview.map(({ key, text, isCut }) => (
        <Text key={key} wrap="truncate" {...(isCut ? DIM : { bold: true })}>
          {`${theme.glyphs.bar} ${text}`}
        </Text>
      ))}
      {CHOICES.map(({ label }, at) => (
        <Text key={label} wrap="truncate" {...(at === state.chosen ? theme.accent : {})}>
          {`${at === state.chosen ? theme.pointer : ' '} ${at + 1}. ${label}`}
        </Text>
      ))}
      <Keys state={state} width={width} />
      {others.slice(0, OTHERS_SHOWN).map(({ requestId, tool, preview: waiting }) => (
        <Text key={requestId} {...DIM} wrap="truncate">
          {line(`  waiting too: ${tool} ${waiting}`)}
        </Text>
      ))}
      {others.length > OTHERS_SHOWN && (
        <Text {...DIM} wrap="truncate">
          {line(`  and ${others.length - OTHERS_SHOWN} more`)}
        </Text>
      )}
    </Box>
  )
}

function Keys({ state, width }: { readonly state: ApprovalState; readonly width: number }): ReactNode {
  const { note, chosen } = state
  if (note) return <NoteLine label="Why: " note={note} width={width} />
  const keys =
    chosen === undefined
      ? 'A number or the arrow keys to choose, / for a command, Esc to answer later'
      : 'Enter to confirm, Esc to choose again'
  return (
    <Text {...DIM} wrap="truncate">
      {truncateToWidth(keys, width)}
    </Text>
  )
}
