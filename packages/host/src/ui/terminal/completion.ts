/** Commands that begin as what is being typed. */
import type { Draft } from './draft.ts'

export interface CommandHint {
  /** With its slash. */
  readonly name: string
  readonly summary: string
}

/** Commands for a draft that is the start of one: a slash and letters, with the cursor at the end. */
export function matchCommands({ text, cursor }: Draft, commands: readonly CommandHint[]): readonly CommandHint[] {
  if (cursor !== text.length || !/^\/[^\s/]*$/.test(text)) return []
  return commands
    .map(({ name, summary }) => ({ name: name.startsWith('/') ? name : `/${name}`, summary }))
    .filter(({ name }) => name.toLowerCase().startsWith(text.toLowerCase()))
}

/** `/help`, `/fakechat:access pair abc`; not `/etc/hosts is what?`, which is a message for the agent. */
export function isCommand(text: string): boolean {
  return /^\/[\w:.#@-]+(?:\s|$)/.test(text) || text === '/'
}
