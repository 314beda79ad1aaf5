/** The first prompt: an argument, or what a script pipes in. */
import { text } from 'node:stream/consumers'
import type { SessionArguments } from './options.ts'

/** Longer input is surely not a prompt. */
const LONGEST_UNITS = 1_000_000

/**
 * Reads standard input only where nothing else gives the session something to do, so that a service manager's
 * standard input is left alone.
 * @returns `missing` where there is neither prompt nor channel nor terminal
 */
export async function readPrompt(
  given: SessionArguments,
  interactive: boolean,
  channelsInSettings: boolean,
): Promise<string | undefined | 'missing'> {
  if (given.prompt !== undefined) return given.prompt
  const entries = given.channels.length + given.development.length > 0 || (channelsInSettings && !given.print)
  if (interactive || given.inputFormat === 'stream-json' || entries) return undefined
  if (process.stdin.isTTY) return 'missing'
  const piped = (await text(process.stdin)).trim().slice(0, LONGEST_UNITS)
  return piped === '' ? 'missing' : piped
}
