/** What the operator is asked to consent to, in full: a command line that shows every part a consent covers. */
import { quote } from '../text/quote.ts'
import type { ServerSpec } from './config.ts'

const PLAIN = /^[\w@%+:,./=${}-]+$/
const LONGEST_PART = 400
const LONGEST_LINE = 4000

/**
 * Variables, command, arguments and folder as written, on one line: `PORT=1 node ./webhook.js (in ./sub)`. Anything that
 * could hide a part or drive the terminal is in quotes with `\u{…}`; what is cut says how much.
 */
export function renderCommandLine({ command, args, env, cwd }: ServerSpec): string {
  const variables = Object.entries(env).map(([name, value]) => `${renderPart(name)}=${renderPart(value)}`)
  const folder = cwd === undefined ? [] : [`(in ${renderPart(cwd)})`]
  const line = [...variables, ...[command, ...args].map(renderPart), ...folder].join(' ')
  if (line.length <= LONGEST_LINE) return line
  return `${line.slice(0, LONGEST_LINE)}… and ${line.length - LONGEST_LINE} characters more`
}

function renderPart(text: string): string {
  return PLAIN.test(text) && text.length <= LONGEST_PART ? text : quote(text, LONGEST_PART)
}
