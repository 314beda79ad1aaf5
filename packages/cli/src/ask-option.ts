/** Asks one question of a plugin at the terminal; the answer to a sensitive one is never shown. */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { sanitizeLine, type UserOption } from '@backchannel/host/plugins'

/** What a plugin says of its question is cut there. */
const WIDEST = 300

/** @returns the answer; empty for the one that is there, or for none */
export async function askOption(option: UserOption, current: string | undefined, signal: AbortSignal): Promise<string> {
  const { title, description, sensitive, required } = option
  const words = [
    current === undefined ? undefined : sensitive ? 'Enter keeps it' : `Enter for ${sanitizeLine(current, WIDEST)}`,
    required || current !== undefined ? undefined : 'Enter to leave it out',
  ].filter((word) => word !== undefined)
  // Everything the line editor would echo goes to `output`; of a secret, that is nothing.
  const output = sensitive ? nowhere() : process.stderr
  const lines = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 })
  // From here on the terminal itself echoes nothing; only now may somebody be told to type.
  process.stderr.write(`${sanitizeLine(`${title}: ${description}`, WIDEST)}\n`)
  process.stderr.write(`${sensitive ? 'hidden' : option.type}${words.length > 0 ? `, ${words.join(', ')}` : ''}> `)
  const stopped = new AbortController()
  lines.once('SIGINT', () => stopped.abort())
  lines.once('close', () => stopped.abort())
  try {
    return (await lines.question('', { signal: AbortSignal.any([signal, stopped.signal]) })).trim()
  } catch (thrown) {
    if (signal.aborted) throw thrown
    // The end of input, or Ctrl-C: the question stays open for another time.
    return ''
  } finally {
    lines.close()
    if (sensitive) process.stderr.write('\n')
  }
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() })
}
