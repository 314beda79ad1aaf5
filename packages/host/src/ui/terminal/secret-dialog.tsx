/** Asks for a secret: what is typed or pasted is counted in dots, and goes nowhere but to whoever asked. */
import { Box, Text, useInput, usePaste, useWindowSize } from 'ink'
import { type ReactNode, useContext, useRef, useState } from 'react'
import { sanitizeText } from '../sanitize.ts'
import { cleanInput } from './draft.ts'
import { DIM, ThemeContext } from './theme.ts'
import { wrapWords } from './wrap.ts'

export interface SecretDialogProps {
  readonly question: string
  /** @param secret `undefined` where none is given */
  onChoose(secret: string | undefined): void
}

const LONGEST = 8_192

export function SecretDialog({ question, onChoose }: SecretDialogProps): ReactNode {
  const { columns } = useWindowSize()
  const theme = useContext(ThemeContext)
  // Keys may come faster than renders.
  const typed = useRef('')
  const [count, setCount] = useState(0)
  const change = (text: string) => {
    typed.current = text.slice(0, LONGEST)
    setCount([...typed.current].length)
  }
  const insert = (text: string) => change(typed.current + cleanInput(text).replace(/\s/gu, ''))
  useInput((input, key) => {
    if (key.escape || (key.ctrl && (input === 'c' || input === 'd'))) return onChoose(undefined)
    if (key.backspace || key.delete) return change([...typed.current].slice(0, -1).join(''))
    if (key.ctrl && input === 'u') return change('')
    if (key.ctrl || key.meta) return
    const [text = '', ...more] = input.split(/[\r\n]/)
    insert(text)
    // Some terminals send a pasted line and its end in one go.
    if (key.return || more.length > 0) onChoose(typed.current === '' ? undefined : typed.current)
  })
  usePaste(insert)

  const width = Math.max(12, columns - 4)
  const dots = Math.min(count, width - 8)
  return (
    <Box borderStyle={theme.border} paddingX={1} width={columns} flexDirection="column">
      {wrapWords(sanitizeText(question), width).map((row) => (
        <Text key={row} wrap="truncate">
          {row}
        </Text>
      ))}
      <Text wrap="truncate">{`${theme.glyphs.prompt} ${'*'.repeat(dots)}${count > dots ? ` (${count})` : ''}`}</Text>
      <Text {...DIM} wrap="truncate">
        It is not shown and not kept here. Enter to give it, Esc for nothing
      </Text>
    </Box>
  )
}
