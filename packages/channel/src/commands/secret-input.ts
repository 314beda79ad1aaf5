/** Reads a secret that is piped in, or typed without being shown; never from the command line, which others can see. */
import type { ReadStream } from 'node:tty'
import type { CommandIo } from './command.ts'

const MOST_UNITS = 4096

/** The first line of stdin, without white space around it. */
export async function readSecretInput(io: CommandIo, stdin: NodeJS.ReadStream = process.stdin): Promise<string> {
  const terminal: ReadStream | undefined = stdin.isTTY ? stdin : undefined
  if (terminal) io.error('Paste the secret and press Enter (it is not shown): ')
  terminal?.setRawMode(true)
  try {
    return await readLine(stdin, io.signal)
  } finally {
    terminal?.setRawMode(false)
    if (terminal) io.error('\n')
    stdin.pause()
  }
}

async function readLine(stdin: NodeJS.ReadStream, signal: AbortSignal): Promise<string> {
  let text = ''
  stdin.setEncoding('utf8')
  for await (const chunk of stdin.iterator({ destroyOnReturn: false })) {
    signal.throwIfAborted()
    for (const character of String(chunk)) {
      if (character === '\n' || character === '\r' || character === '\u0004') return text.trim()
      // In raw mode these are not keys of the terminal any more.
      if (character === '\u0003') return ''
      text = character === '\u007f' ? text.slice(0, -1) : text + character
    }
    if (text.length > MOST_UNITS) break
  }
  return text.trim()
}
