/** Commands that begin as what is being typed, and the words that can follow one. */
import type { Draft } from './draft.ts'

export interface CommandHint {
  /** With its slash; the whole line where it is a word inside of a command. */
  readonly name: string
  readonly summary: string
}

/** Lines that a draft could become, which is the start of a command, with the cursor at the end. */
export function matchCommands({ text, cursor }: Draft, commands: readonly CommandHint[]): readonly CommandHint[] {
  if (cursor !== text.length || !(isName(text) || openWord(text) !== undefined)) return []
  return commands
    .map(({ name, summary }) => ({ name: name.startsWith('/') ? name : `/${name}`, summary }))
    .filter(({ name }) => name.toLowerCase().startsWith(text.toLowerCase()) && openWord(name) === openWord(text))
}

/** The draft is the name of a command, as far as it is typed. */
export function isName(text: string): boolean {
  return /^\/[^\s/]*$/.test(text)
}

/** Everything before the word that is being typed, of a command of a channel; `undefined` for anything else. */
export function openWord(text: string): string | undefined {
  return /^\/\S+:(?:access|configure)\s(?:.*\s)?(?=\S*$)/s.exec(text)?.[0]
}

/** `/help`, `/fakechat:access pair abc`; not `/etc/hosts is what?`, which is a message for the agent. */
export function isCommand(text: string): boolean {
  return /^\/[\w:.#@-]+(?:\s|$)/.test(text) || text === '/'
}

const PLAIN_WORD = /^[a-z-]{1,16}$/

/** A command as it may be shown and kept: of what follows `:configure` only plain words that name something. */
export function withoutSecrets(text: string): string {
  const [, command, rest = ''] = /^(\/\S+:configure)(?:\s+(.*))?$/s.exec(text) ?? []
  if (command === undefined) return text
  const [first, ...more] = rest.split(/\s+/).filter((word) => word !== '')
  const clears = first === 'clear'
  const words = [first ?? '', ...more].map((word, at) => {
    const isPlain = PLAIN_WORD.test(word) && (at === 0 || clears || word === 'clear')
    return word === '' || isPlain ? word : '[hidden]'
  })
  return [command, ...words].join(' ').trim()
}
