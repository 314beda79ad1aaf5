/** `--agent-command` as words: what a program would be started with, and nothing that a shell would make of it. */
import { BackchannelError } from '@backchannel/protocol'

/** A quoted part, an escaped character, or anything that ends no word. */
const PART = /"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'|\\([\s\S])|([^\s"'\\]+)/y

/**
 * Words are separated by white space; quotes and, outside of Windows, backslashes keep it. `$`, `~`, `*`, `|` and `;` are
 * characters like any other.
 * @throws BackchannelError `usage` for an open quote, or no word at all
 */
export function parseCommand(
  text: string,
  platform: NodeJS.Platform = process.platform,
): readonly [command: string, ...args: string[]] {
  const words: string[] = []
  // Paths on Windows are full of them.
  const source = platform === 'win32' ? text.replaceAll('\\', '\\\\') : text
  let word: string | undefined
  for (let at = 0; at < source.length; ) {
    const space = /\s/.test(source[at] ?? '')
    if (space) {
      if (word !== undefined) words.push(word)
      word = undefined
      at += 1
      continue
    }
    PART.lastIndex = at
    const found = PART.exec(source)
    if (!found)
      throw unusable(text, `a quote or a backslash at ${JSON.stringify(source.slice(at, at + 12))} has no end`)
    const [, double, single, escaped, plain] = found
    word = `${word ?? ''}${double?.replace(/\\(["\\])/g, '$1') ?? single ?? escaped ?? plain ?? ''}`
    at = PART.lastIndex
  }
  if (word !== undefined) words.push(word)
  const [command, ...args] = words
  if (command === undefined || command === '') throw unusable(text, 'it names no program')
  return [command, ...args]
}

function unusable(text: string, why: string): BackchannelError {
  return new BackchannelError('usage', `The agent command ${JSON.stringify(text)} can't be used: ${why}.`, {
    hint: 'For example: --agent acp --agent-command "npx @agentclientprotocol/claude-agent-acp"',
  })
}
