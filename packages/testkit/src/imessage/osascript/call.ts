/** One run of osascript: what it was given, and what the script is for. AppleScript is not interpreted, only told apart by its verbs. */
import { readFileSync } from 'node:fs'

export interface ScriptCall {
  readonly pid: number
  /** The text of the script, wherever it came from. */
  readonly script: string
  /** What follows it: the items of `argv` in `on run argv`. */
  readonly args: readonly string[]
}

/**
 * What a script does, with its arguments in the order that it must name them in: `item 1 of argv`, `item 2 of argv`. A text comes as it is,
 * or in a file that the script reads, since everyone can see the arguments of a program.
 */
export type ScriptAction =
  | { readonly kind: 'send'; readonly what: 'text' | 'text-in-file' | 'file'; readonly by: 'chat' | 'participant' }
  /** `get id of chats`: the ids that `chat id` takes, separated by commas. */
  | { readonly kind: 'list-chats' }
  /** `exists chat id (item 1 of argv)`: true or false. */
  | { readonly kind: 'chat-exists' }
  /** Anything else that is told to Messages, such as `count of accounts`: whether it may be told anything at all. */
  | { readonly kind: 'probe' }

/** @param given the arguments of the command; `stdin` what came there, if it was read */
export function readCall(pid: number, given: readonly string[], stdin: string): ScriptCall {
  const statements: string[] = []
  const rest = [...given]
  while (rest[0]?.startsWith('-') && rest[0] !== '-') {
    const option = rest.shift()
    if (option === '-i') continue
    const value = rest.shift() ?? ''
    if (option === '-e') statements.push(value)
  }
  if (statements.length > 0) return { pid, script: statements.join('\n'), args: rest }
  const file = rest.shift() ?? '-'
  return { pid, script: file === '-' ? stdin : readFileSync(file, 'utf8'), args: rest }
}

/**
 * Strict about what must hold of every script: it talks to Messages, it takes what varies from `argv`, and none of it is in its text.
 * @throws Error with the words of osascript's stderr
 */
export function recognise({ script, args }: ScriptCall): ScriptAction {
  const tells = /tell application (?:id )?"(?:Messages|com\.apple\.MobileSMS)"/
  if (!tells.test(script))
    throw new Error('0:0: syntax error: the script does not tell application "Messages". (-2741)')
  const leaked = args.find((argument) => argument.length > 3 && script.includes(argument))
  if (leaked !== undefined) throw new Error(`0:0: syntax error: "${leaked}" is written into the script. (-2741)`)
  const uses = (item: number) => new RegExp(`item ${item} of argv`).test(script)
  const needs = (count: number) => {
    for (let item = 1; item <= count; item += 1) {
      if (!uses(item)) throw new Error(`0:0: syntax error: the script does not use item ${item} of argv. (-2741)`)
      if (args[item - 1] === undefined) throw new Error(`0:0: execution error: Can’t get item ${item} of {}. (-1728)`)
    }
  }
  if (/^[^-\n]*\bsend\b/m.test(script)) {
    needs(2)
    const by = /\b(?:participant|buddy)\b/.test(script) ? 'participant' : 'chat'
    if (by === 'chat' && !/chat id/.test(script)) throw new Error('0:0: syntax error: send to what? (-2741)')
    const file = /POSIX file|as alias/.test(script)
    return { kind: 'send', what: !file ? 'text' : /\bread\b.*«class utf8»/.test(script) ? 'text-in-file' : 'file', by }
  }
  if (/exists\b.*chat id/.test(script)) {
    needs(1)
    return { kind: 'chat-exists' }
  }
  return /\bid of (?:every )?chats?\b/.test(script) ? { kind: 'list-chats' } : { kind: 'probe' }
}
