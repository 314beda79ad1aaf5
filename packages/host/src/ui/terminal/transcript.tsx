/** What has happened: printed once above the live region, then left to the terminal's own scrollback. */
import { Box, Static, Text } from 'ink'
import { type ReactNode, useContext, useLayoutEffect } from 'react'
import type { Line } from '../lines.ts'
import { textWidth } from '../width.ts'
import { BannerBox } from './banner.tsx'
import type { Block } from './session-view.ts'
import { ThemeContext } from './theme.ts'

export interface TranscriptProps {
  readonly blocks: readonly Block[]
  readonly stretch: number
  readonly columns: number
  readonly version: string
  onPrinted(count: number): void
}

export function Transcript({ blocks, stretch, columns, version, onPrinted }: TranscriptProps): ReactNode {
  useLayoutEffect(() => onPrinted(blocks.length), [blocks, onPrinted])
  return (
    <Static key={stretch} items={[...blocks]}>
      {({ gap, content }, index) => (
        <Box key={`${stretch}.${index}`} flexDirection="column" width={columns} marginTop={gap ? 1 : 0}>
          {'length' in content ? (
            <Lines lines={content} />
          ) : (
            <BannerBox {...content} version={version} columns={columns} />
          )}
        </Box>
      )}
    </Static>
  )
}

function Lines({ lines }: { readonly lines: readonly Line[] }): ReactNode {
  const theme = useContext(ThemeContext)
  return lines.map(({ tone, mark, text }, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: lines are printed once and never reordered
    <Box key={index}>
      <Box width={textWidth(mark)} flexShrink={0}>
        <Text {...theme.mark(tone)}>{mark}</Text>
      </Box>
      <Box flexGrow={1}>
        <Text {...theme.text(tone)}>{text === '' ? ' ' : text}</Text>
      </Box>
    </Box>
  ))
}
