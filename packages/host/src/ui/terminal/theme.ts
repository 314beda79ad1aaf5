/** Colours and symbols for this terminal: the user's own palette, no colour where none is wanted, ASCII where no more can be drawn. */
import { createContext } from 'react'
import { ASCII_GLYPHS, type Glyphs, UNICODE_GLYPHS } from '../glyphs.ts'
import type { Tone } from '../lines.ts'
import type { ChannelMark } from './session-view.ts'

/** What ink's `Text` takes. */
export interface Style {
  readonly color?: string
  readonly dimColor?: boolean
  readonly bold?: boolean
}

export interface Theme {
  readonly glyphs: Glyphs
  readonly border: 'round' | 'classic'
  readonly spinner: readonly string[]
  /** The choice in a list. */
  readonly pointer: string
  readonly accent: Style
  readonly danger: Style
  mark(tone: Tone): Style
  text(tone: Tone): Style
  channel(mark: ChannelMark): Style
}

export const DIM: Style = { dimColor: true }

const MARKS: Readonly<Record<Tone, Style>> = {
  inbound: { color: 'cyan' },
  prompt: { dimColor: true },
  call: { color: 'green' },
  result: DIM,
  failure: { color: 'red' },
  agent: {},
  good: { color: 'green' },
  info: DIM,
  warning: { color: 'yellow' },
  error: { color: 'red' },
  quiet: DIM,
}
const TEXTS: Readonly<Record<Tone, Style>> = {
  inbound: {},
  prompt: DIM,
  call: { bold: true },
  result: DIM,
  failure: { color: 'red' },
  agent: {},
  good: {},
  info: {},
  warning: { color: 'yellow' },
  error: { color: 'red' },
  quiet: DIM,
}
const CHANNELS: Readonly<Record<ChannelMark, Style>> = {
  registered: { color: 'green' },
  restarting: { color: 'yellow' },
  refused: { color: 'red' },
  closed: DIM,
}

export function createTheme(env: NodeJS.ProcessEnv): Theme {
  const unicode = drawsUnicode(env)
  const colorful = !env['NO_COLOR']
  const style = ({ color, ...rest }: Style): Style => (colorful && color !== undefined ? { color, ...rest } : rest)
  return {
    glyphs: unicode ? UNICODE_GLYPHS : ASCII_GLYPHS,
    border: unicode ? 'round' : 'classic',
    spinner: unicode ? [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'] : [...'|/-\\'],
    pointer: unicode ? '❯' : '>',
    accent: style({ color: 'cyan' }),
    danger: style({ color: 'red', bold: true }),
    mark: (tone) => style(MARKS[tone]),
    text: (tone) => style(TEXTS[tone]),
    channel: (mark) => style(CHANNELS[mark]),
  }
}

/** An unset locale says nothing (containers); one that names another character set, or the kernel's console, says no. */
function drawsUnicode(env: NodeJS.ProcessEnv): boolean {
  if (env['TERM'] === 'linux') return false
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG']
  return !locale || /utf-?8/i.test(locale)
}

export const ThemeContext: React.Context<Theme> = createContext(createTheme({}))
