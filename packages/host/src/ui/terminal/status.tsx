/** The lines around the prompt: what the agent is at, what waits, the state of the channels, and the key to press next. */
import { Box, Text, useAnimation } from 'ink'
import { type ReactNode, useContext } from 'react'
import { sanitizeLine } from '../sanitize.ts'
import { textWidth, truncateToWidth } from '../width.ts'
import type { ChannelView, RunningTurn } from './session-view.ts'
import { DIM, type Theme, ThemeContext } from './theme.ts'

/** Eight frames a second: alive, and nothing to a slow connection. */
const FRAME_MS = 125

export function Spinner({ turn, columns }: { readonly turn: RunningTurn; readonly columns: number }): ReactNode {
  const theme = useContext(ThemeContext)
  const { frame } = useAnimation({ interval: FRAME_MS })
  const glyph = theme.spinner[frame % theme.spinner.length] ?? ''
  const { words, aside } = spinnerWords(turn, columns, theme)
  return (
    <Text wrap="truncate">
      <Text {...theme.accent}>{glyph} </Text>
      <Text>{words}</Text>
      <Text {...DIM}>{aside}</Text>
    </Text>
  )
}

/** `Working for fakechat · web… (3s · Ctrl-C to interrupt)`, as much of it as fits. */
function spinnerWords(
  { origin, startedAt }: RunningTurn,
  columns: number,
  { glyphs }: Theme,
): { readonly words: string; readonly aside: string } {
  const seconds = Math.max(0, Math.floor((Date.now() - startedAt) / 1000))
  const elapsed = seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m ${seconds % 60}s`
  const whole = ` (${elapsed} ${glyphs.separator} Ctrl-C to interrupt)`
  const words = `${origin === undefined ? 'Working' : `Working for ${origin}`}${glyphs.ellipsis}`
  const aside = textWidth(words) + textWidth(whole) + 2 <= columns ? whole : ` (${elapsed})`
  return { words: truncateToWidth(words, columns - 2 - textWidth(aside)), aside }
}

export function Waiting({
  texts,
  columns,
}: {
  readonly texts: readonly string[]
  readonly columns: number
}): ReactNode {
  const more = texts.length > 1 ? ` (and ${texts.length - 1} more)` : ''
  return (
    <Text {...DIM} wrap="truncate">
      {`  next: ${sanitizeLine(texts[0] ?? '', columns - 8 - more.length)}${more}`}
    </Text>
  )
}

export interface FooterProps {
  readonly channels: readonly ChannelView[]
  readonly columns: number
  /** Said in place of the rest. */
  readonly message: string | undefined
}

export function Footer({ channels, columns, message }: FooterProps): ReactNode {
  const theme = useContext(ThemeContext)
  if (message !== undefined) {
    return (
      <Text {...theme.text('warning')} wrap="truncate">
        {`  ${message}`}
      </Text>
    )
  }
  const { shown, hidden, hint } = fitFooter(channels, columns, theme)
  return (
    <Box justifyContent="space-between">
      <Text wrap="truncate">
        {'  '}
        {shown.map(({ entry, name, mark }, index) => (
          <Text key={entry}>
            {index > 0 && <Text {...DIM}>{` ${theme.glyphs.separator} `}</Text>}
            <Text {...DIM}>{name} </Text>
            <Text {...theme.channel(mark)}>{channelGlyph(mark, theme)}</Text>
            {mark === 'restarting' && <Text {...DIM}> restarting</Text>}
          </Text>
        ))}
        {hidden > 0 && <Text {...DIM}>{` +${hidden}`}</Text>}
      </Text>
      <Box flexShrink={0}>
        <Text {...DIM} wrap="truncate">
          {hint}
        </Text>
      </Box>
    </Box>
  )
}

function channelGlyph(mark: ChannelView['mark'], { glyphs }: Theme): string {
  if (mark === 'registered') return glyphs.on
  return mark === 'refused' ? glyphs.failed : glyphs.off
}

/** As many channels as fit; the hint only where it leaves them room. */
function fitFooter(channels: readonly ChannelView[], columns: number, theme: Theme) {
  const hint = '/ for commands  '
  let used = 2
  let count = 0
  for (const { name, mark } of channels) {
    used += textWidth(name) + 2 + (count > 0 ? 3 : 0) + (mark === 'restarting' ? 11 : 0)
    if (used > columns - (count + 1 < channels.length ? 5 : 0)) break
    count += 1
  }
  const all = count === channels.length
  return {
    shown: channels.slice(0, count),
    hidden: channels.length - count,
    hint: all && used + hint.length < columns ? hint : '',
    theme,
  }
}
