/** The few symbols of the transcript, and what stands for them where a terminal cannot draw them. */

export interface Glyphs {
  readonly inbound: string
  readonly prompt: string
  readonly block: string
  readonly result: string
  readonly on: string
  readonly off: string
  readonly failed: string
  readonly warning: string
  readonly question: string
  readonly info: string
  readonly separator: string
  readonly ellipsis: string
  /** Before each row of foreign text that fills rows: none of them can be taken for a row of ours. */
  readonly bar: string
}

export const UNICODE_GLYPHS: Glyphs = {
  inbound: '←',
  prompt: '>',
  block: '⏺',
  result: '⎿',
  on: '●',
  off: '○',
  failed: '✗',
  warning: '!',
  question: '?',
  info: '·',
  separator: '·',
  ellipsis: '…',
  bar: '│',
}

export const ASCII_GLYPHS: Glyphs = {
  inbound: '<-',
  prompt: '>',
  block: '*',
  result: '`-',
  on: '+',
  off: 'o',
  failed: 'x',
  warning: '!',
  question: '?',
  info: '-',
  separator: '|',
  ellipsis: '...',
  bar: '|',
}
