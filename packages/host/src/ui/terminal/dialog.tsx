/** A question that fills the screen: read first, then choose with the arrow keys and Enter. */
import { Box, type Key, Text, useInput, useWindowSize } from 'ink'
import { type ReactNode, useContext, useRef, useState } from 'react'
import type { DialogContent } from './dialog-content.ts'
import { DIM, ThemeContext } from './theme.ts'
import { wrapWords } from './wrap.ts'

export interface DialogProps<Value> {
  readonly content: DialogContent<Value>
  onChoose(value: Value): void
}

export function Dialog<Value>({ content, onChoose }: DialogProps<Value>): ReactNode {
  const { columns, rows } = useWindowSize()
  const theme = useContext(ThemeContext)
  const { choices, safe } = content
  // Keys may come faster than renders: what Enter confirms is what the keys before it chose.
  const chosen = useRef(choices.findIndex(({ value }) => value === safe))
  const [selected, setSelected] = useState(chosen.current)
  const select = (index: number) => {
    chosen.current = index
    setSelected(index)
  }
  useInput((input, key) => {
    const step = stepOf(input, key)
    if (step !== 0) return select((chosen.current + step + choices.length) % choices.length)
    const numbered = /^[1-9]$/.test(input) ? Number(input) - 1 : -1
    if (numbered >= 0 && numbered < choices.length) return select(numbered)
    if (key.escape || (key.ctrl && (input === 'c' || input === 'd'))) return onChoose(safe)
    if (key.return || input === '\n') onChoose((choices[chosen.current] ?? { value: safe }).value)
  })

  const height = Math.max(choices.length + 4, rows - 1)
  const width = Math.max(12, columns - 4)
  // Border, title and choices are always there; the keys are named where the body still has a few rows then.
  const besides = choices.length + 3
  const namesKeys = height - besides >= content.items.length + 4
  const body = fitBody(content, width, height - besides - (namesKeys ? 2 : 0))
  return (
    <Box
      borderStyle={theme.border}
      {...borderColor(theme.danger)}
      paddingX={1}
      width={columns}
      height={height}
      flexDirection="column"
    >
      <Box flexDirection="column" flexShrink={1} overflow="hidden">
        <Text {...theme.danger} wrap="truncate">
          {content.title}
        </Text>
        {body.map(({ key, text, isItem }) => (
          <Text key={key} wrap="truncate" bold={isItem}>
            {text === '' ? ' ' : text}
          </Text>
        ))}
      </Box>
      <Box flexDirection="column" flexShrink={0}>
        {choices.map(({ label }, index) => (
          <Text key={label} wrap="truncate" {...(index === selected ? theme.accent : {})}>
            {`${index === selected ? theme.pointer : ' '} ${index + 1}. ${label}`}
          </Text>
        ))}
        {namesKeys && <Box height={1} />}
        {namesKeys && (
          <Text {...DIM} wrap="truncate">
            Arrow keys to choose, Enter to confirm, Esc for the safe answer
          </Text>
        )}
      </Box>
    </Box>
  )
}

interface BodyRow {
  readonly key: string
  readonly text: string
  readonly isItem: boolean
}

const CUT: BodyRow = { key: 'cut', text: '… (enlarge the window to read on)', isItem: false }

/** The items come before the words where there is no room for both; what is left out is counted. */
function fitBody({ text, items }: DialogContent<unknown>, columns: number, rows: number): readonly BodyRow[] {
  const words = text.flatMap((paragraph, index) => {
    const wrapped = wrapWords(paragraph, columns)
    return ['', ...wrapped].map((row, at) => ({ key: `text ${index} ${at}`, text: row, isItem: false }))
  })
  const listed = items.flatMap((item, index) =>
    wrapWords(item, columns - 2).map((row, at) => ({ key: `item ${index} ${at}`, text: `  ${row}`, isItem: true })),
  )
  const gap = { key: 'gap', text: '', isItem: false }
  const end = { key: 'end', text: '', isItem: false }
  const all = [...words, gap, ...listed, end]
  if (all.length <= rows) return all
  const spare = rows - listed.length - 2
  if (spare > 1) return [...words.slice(0, spare - 1), CUT, gap, ...listed, end]
  const shown = Math.max(0, rows - 1)
  if (listed.length <= shown) return listed
  const more = {
    key: 'more',
    text: `  … ${listed.length - shown} more lines: enlarge the window to see them`,
    isItem: false,
  }
  return [...listed.slice(0, shown), more]
}

function stepOf(input: string, key: Key): -1 | 0 | 1 {
  if (key.upArrow || input === 'k' || (key.tab && key.shift)) return -1
  return key.downArrow || input === 'j' || key.tab ? 1 : 0
}

function borderColor({ color }: { readonly color?: string }): { borderColor?: string } {
  return color === undefined ? {} : { borderColor: color }
}
