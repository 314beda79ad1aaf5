/** From what was typed after a slash command to the arguments of the channel's program, and back from what it printed. */

/** A slash command of the plugin; given by the build. */
export interface OperatorCommand {
  /** What the program takes before the arguments: its own command, or nothing where the arguments begin with one. */
  readonly program: readonly string[]
  /** First words that are carried out here. All where it is missing. */
  readonly here?: readonly string[]
  /** What is meant where nothing was typed. */
  readonly fallback: readonly string[]
}

export interface Names {
  /** As it is typed: `/fakechat:access`. */
  readonly name: string
  /** How the program is started in a terminal: `node "/path/start.cjs"`. */
  readonly terminal: string
}

export type Plan = { readonly refused: string } | { readonly args: readonly string[]; show(printed: string): string }

const LONGEST = 4096

/** @param typed as Claude Code hands it over */
export function planCommand(typed: string, command: OperatorCommand, names: Names): Plan {
  if (typed.length > LONGEST)
    return { refused: `${names.name}: that is more than ${LONGEST} characters. Nothing was done.` }
  const words = readWords(typed)
  if (typeof words === 'string') return { refused: `${names.name}: ${words} Nothing was done.` }
  const args = words.length === 0 ? command.fallback : words
  const [first = ''] = args
  if (command.here && first !== '' && command.here.indexOf(first) < 0) {
    // The word goes on where it can only be a command: what follows `configure` may be the token itself.
    const word = command.program.length === 0 && /^[a-z]{2,12}$/.test(first) ? [first, '…'] : []
    const there = [names.terminal, ...command.program, ...word].join(' ')
    return {
      refused: `${names.name} does ${command.here.join(', ') || 'nothing but show what is set'} here. What may carry a secret is done in a terminal, where it stays out of this session's transcript:\n\n  ${there}`,
    }
  }
  return { args: [...command.program, ...args], show: (printed) => rename(printed, command, names) }
}

/** Words, with quotes as in a shell and nothing else of a shell. @returns what is wrong, as a sentence */
export function readWords(typed: string): readonly string[] | string {
  if (/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/.test(typed.trim())) {
    return 'the arguments are more than one line, or hold control characters.'
  }
  const words: string[] = []
  const pattern = /\s*((?:"[^"]*"|'[^']*'|[^\s"'])+)/gy
  const text = typed.trim()
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex
    const found = pattern.exec(text)
    if (!found) return `a quote is not closed at ${JSON.stringify(text.slice(at, at + 20).trim())}.`
    words.push(
      (found[1] ?? '').replace(
        /"([^"]*)"|'([^']*)'/g,
        (_whole, double?: string, single?: string) => double ?? single ?? '',
      ),
    )
  }
  return words
}

/**
 * The program names itself as it was started; the user goes on with what they typed, or in a terminal where the rest of
 * the command is not taken here.
 */
function rename(printed: string, command: OperatorCommand, { name, terminal }: Names): string {
  const started = '(?:node|bun)(?:\\.exe)? (?:"[^"\\n]*start\\.cjs"|\\S*start\\.cjs)'
  const [own] = command.program
  const [channel = ''] = name.slice(1).split(':')
  const there = printed.replace(new RegExp(`backchannel ${channel}(?![\\w-])`, 'g'), () => terminal)
  if (own === undefined) return there
  const goesOn = command.here ? `${terminal} ${own}` : name
  return there.replace(new RegExp(`${started} ${own}(?![\\w-])`, 'g'), () => goesOn)
}
