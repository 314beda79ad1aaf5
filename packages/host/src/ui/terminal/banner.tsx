/** The first thing of a session: which agent runs where, and how to find out more. */
import { Box, Text } from 'ink'
import { type ReactNode, useContext } from 'react'
import { truncateToWidth } from '../width.ts'
import type { Banner } from './session-view.ts'
import { DIM, ThemeContext } from './theme.ts'

const WIDEST = 72

export interface BannerProps extends Banner {
  readonly version: string
  readonly columns: number
}

export function BannerBox({ agent, cwd, permissionMode, version, columns }: BannerProps): ReactNode {
  const theme = useContext(ThemeContext)
  const width = Math.min(columns, WIDEST)
  const room = width - 13
  const rows: readonly (readonly [string, string])[] = [
    ['agent', agent],
    ['folder', cwd],
    ...(permissionMode === 'default' ? [] : [['mode', permissionMode] as const]),
  ]
  return (
    <Box borderStyle={theme.border} borderDimColor paddingX={1} width={width} flexDirection="column">
      <Text wrap="truncate">
        <Text {...theme.accent}>{theme.glyphs.on} </Text>
        <Text bold>Backchannel</Text>
        <Text {...DIM}> {version}</Text>
      </Text>
      <Box height={1} />
      {rows.map(([name, value]) => (
        <Text key={name} wrap="truncate">
          <Text {...DIM}>{`  ${name.padEnd(7)}`}</Text>
          {keepEnd(value, room)}
        </Text>
      ))}
      <Box height={1} />
      <Text {...DIM} wrap="truncate">
        {'  /help for commands, Ctrl-C twice to exit'}
      </Text>
    </Box>
  )
}

/** Of a path, the end says more than the start. */
function keepEnd(text: string, columns: number): string {
  if (truncateToWidth(text, columns) === text) return text
  return `…${[...text].slice(-Math.max(1, Math.floor(columns - 1))).join('')}`
}
