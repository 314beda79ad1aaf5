/** Whatever in a command line may be a path, read generously: the hook can't run a shell to find out. */

const LONGEST = 4096
const MOST_WORDS = 4000
const MOST_BRACED = 64

export interface ShellWords {
  /** Each once; most are no paths, which does no harm. */
  readonly words: readonly string[]
  /** Folders that the command goes to, so that a relative path may count from them. */
  readonly entered: readonly string[]
  /** True where there was more than is looked at. */
  readonly cut: boolean
}

/** @param variables what `$NAME` and `${NAME}` stand for; those that the command sets are added */
export function readShellWords(command: string, variables: Readonly<Record<string, string | undefined>>): ShellWords {
  const known = { ...variables, ...assignments(command) }
  // Quotes and backslashes may stand inside a name (`.cla"ude"`), or around a whole script (`bash -c '…'`).
  const forms = [command, command.replace(/\\\r?\n/g, '').replace(/["'\\]/g, '')]
  const found = new Set<string>()
  const entered: string[] = []
  let cut = false
  for (const form of forms) {
    for (const word of split(expand(form, known))) {
      if (word.length > LONGEST) continue
      if (found.size >= MOST_WORDS) {
        cut = true
        break
      }
      found.add(word)
      const slash = word.search(/~?[\\/]/)
      if (slash > 0) found.add(word.slice(slash))
    }
    entered.push(...enteredFolders(expand(form, known)))
  }
  return { words: [...found], entered: [...new Set(entered)].slice(0, 16), cut }
}

function split(text: string): string[] {
  const words = text.split(/[\s;|&<>()`]+/)
  return words.flatMap((word) => (/[{"'=:,@]/.test(word) ? [...braced(word), ...pieces(word)] : [word])).filter(Boolean)
}

/** What stands behind a quote, `=`, `:`, `,` or `@` may be a path of its own: `--file=/x`, `host:/x`, `open('/x')`. */
function pieces(word: string): string[] {
  return word.split(/['"={}:,@[\]$\\]+/).concat(word.slice(word.search(/[=:@]/) + 1))
}

/** `a/{b,c}` as a shell expands it. */
function braced(word: string): string[] {
  let words = [word]
  for (let round = 0; round < 4; round++) {
    words = words.flatMap((one) => {
      const found = /^(.*?)\{([^{}]*,[^{}]*)\}(.*)$/.exec(one)
      if (!found) return [one]
      const [, before = '', choices = '', after = ''] = found
      return choices.split(',').map((choice) => before + choice + after)
    })
    if (words.length > MOST_BRACED) return words.slice(0, MOST_BRACED)
  }
  return words
}

function assignments(command: string): Record<string, string> {
  const found: Record<string, string> = {}
  const pattern = /(?:^|[\s;&|(])([A-Za-z_]\w{0,60})=("[^"]*"|'[^']*'|[^\s;&|)]*)/g
  for (let match = pattern.exec(command); match; match = pattern.exec(command)) {
    const [, name = '', value = ''] = match
    if (name !== '__proto__') found[name] = value.replace(/["']/g, '')
  }
  return found
}

/** Twice, since one variable may be made of another. */
function expand(text: string, variables: Readonly<Record<string, string | undefined>>): string {
  const once = (before: string) =>
    before.replace(/\$(?:env:)?(?:(\w+)|\{(\w+)[^}]*\})/gi, (whole, plain?: string, inBraces?: string) => {
      const name = plain ?? inBraces ?? ''
      const value = Object.hasOwn(variables, name) ? variables[name] : undefined
      return value === undefined || value.length > LONGEST ? whole : value
    })
  const first = once(text)
  return first.length > text.length + 100_000 ? first : once(first)
}

function enteredFolders(text: string): string[] {
  const found: string[] = []
  const pattern = /(?:^|[\s;&|(])(?:cd|pushd|chdir|set-location|sl|-C|--cwd|--directory)(?:\s+--)?[\s=]+([^\s;&|)]+)/gi
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const folder = match[1]?.replace(/["']/g, '')
    if (folder) found.push(folder)
  }
  return found
}
