/** What a shell command line is made of: plain commands that can be judged one by one, or something that must be asked about. */
import { type Command, parse, type Redirection, type Statement, type SyntaxNode, type Word } from 'unbash'
import { scanVisible, type VisibleShell } from './shell-scan.ts'
import { checkArgument, checkProgram } from './shell-words.ts'

export interface PlainCommand {
  /** Quotes removed: the program, then its arguments. Variables are left as written. */
  readonly words: readonly string[]
  /** Words that the shell completes from file names. */
  readonly patterns: readonly string[]
  /** Files that it reads by a redirect. */
  readonly reads: readonly string[]
}

export interface ShellReading extends VisibleShell {
  /** Present where the line is nothing but plain commands joined by `&&`, `||`, `;`, `|`, `&` and line breaks. */
  readonly plain?: readonly PlainCommand[]
  /** Else why not, a clause for people: "it has a comment". */
  readonly obstacle?: string
  /** Nothing of it was looked at. */
  readonly isTooLong?: true
}

/** In UTF-16 units. A longer line is refused: rules that deny could not be held against all of it in good time. */
export const LONGEST_LINE: number = 32 * 1024
/** Control characters but tab and line break, invisible and bidirectional ones, halves of characters, odd spaces. */
const HIDDEN = /[^\P{Cc}\n\t]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/u
const SEPARATORS = /^(?:[ \t\n;|&]|\\\n)*$/
const JOINT = /^(?:[ \t]|\\\n)*$/

/** Never throws. */
export function readShell(line: string): ShellReading {
  if (line.length > LONGEST_LINE)
    return { commands: [], texts: [], writes: [], obstacle: 'it is too long', isTooLong: true }
  const visible = scanVisible(line)
  try {
    const read = readPlain(line)
    return typeof read === 'string' ? { ...visible, obstacle: read } : { ...visible, plain: read }
  } catch {
    return { ...visible, obstacle: 'it cannot be parsed' }
  }
}

function readPlain(line: string): readonly PlainCommand[] | string {
  if (HIDDEN.test(line)) return 'it has hidden characters'
  const script = parse(line)
  if (script.errors && script.errors.length > 0) return 'it cannot be parsed'
  const found = collect(script.commands)
  if (typeof found === 'string') return found
  if (found.length === 0) return 'it has no command'
  const plain: PlainCommand[] = []
  for (const command of found) {
    const read = readCommand(command, line)
    if (typeof read === 'string') return read
    plain.push(read)
  }
  // Whatever the parser passed over, such as a comment, is looked at here: nothing may hide between two commands.
  let end = 0
  for (const { pos, end: next } of found) {
    if (!SEPARATORS.test(line.slice(end, pos))) return 'it has a comment'
    end = next
  }
  if (!SEPARATORS.test(line.slice(end))) return 'it has a comment'
  return plain
}

/** The commands in the order of the text, or what stands among them that is no plain command. */
function collect(statements: readonly Statement[]): Command[] | string {
  const found: Command[] = []
  const visit = (node: Statement['command']): string | undefined => {
    if (node.type === 'Command') {
      found.push(node)
      return undefined
    }
    if (node.type === 'Pipeline') {
      if (node.prefixes.length > 0) return 'it has "!" or "time" before a command'
      if (node.operators.some((operator) => operator !== '|')) return 'it has "|&"'
    }
    if (node.type !== 'AndOr' && node.type !== 'Pipeline') return `it has ${NAMES[node.type] ?? 'a control structure'}`
    return first(node.commands, visit)
  }
  const obstacle = first(statements, ({ command }) => visit(command))
  return obstacle ?? found
}

const NAMES: Readonly<Partial<Record<SyntaxNode['type'], string>>> = {
  Subshell: 'a subshell',
  Function: 'a function',
  Coproc: 'a coprocess',
}

function readCommand({ name, prefix, suffix, pos, end }: Command, line: string): PlainCommand | string {
  if (!name || prefix.some(({ type }) => type === 'Assignment')) return 'it sets a variable'
  const items = [...prefix, name, ...suffix].sort((one, other) => one.pos - other.pos)
  let last = pos
  for (const item of items) {
    if (!JOINT.test(line.slice(last, item.pos))) return 'it cannot be parsed'
    last = item.end
  }
  if (last !== end) return 'it cannot be parsed'
  const words = [name.value]
  const patterns: string[] = []
  const reads: string[] = []
  const problem =
    checkProgram(name) ??
    first(items, (item) => {
      if (item === name) return undefined
      if (item.type === 'Assignment') return 'it sets a variable'
      const word = item.type === 'Word' ? item : readRedirect(item)
      if (typeof word === 'string') return word === '' ? undefined : word
      const checked = checkArgument(word)
      if (checked.problem !== undefined) return checked.problem
      if (item.type === 'Word') words.push(word.value)
      else reads.push(word.value)
      if (checked.isPattern) patterns.push(word.value)
      return undefined
    })
  return problem ?? { words, patterns, reads }
}

/** The file that is read; `''` for a redirect that touches no file; else what is wrong with it. */
function readRedirect(redirect: Redirection): Word | string {
  if (redirect.type !== 'Redirect') return 'it has text of its own as input'
  const { operator, descriptor, target } = redirect
  if (!target || descriptor?.type === 'FileDescriptorVariable') return 'it has a redirect that is hard to follow'
  if (operator === '<') return target
  // To some shells `a &> f b` is two commands.
  if (operator === '&>' || operator === '&>>') return 'it writes to a file by a redirect'
  const copies = (operator === '>&' || operator === '<&') && /^(?:\d|-)$/.test(target.text)
  if (copies || (target.text === '/dev/null' && operator !== '<>')) return ''
  return 'it writes to a file by a redirect'
}

function first<Item, Found>(items: readonly Item[], find: (item: Item) => Found | undefined): Found | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}
