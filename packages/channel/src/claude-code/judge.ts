/** Whether a tool call of the agent touches what only the user may: the channel's state, or the program that changes it. */
import { isAbsolute, join } from 'node:path'
import { findKind, type Kind, namesProgram, namesState, type Place, type Protection, place } from './protected.ts'
import { fold } from './real-path.ts'
import { readShellWords } from './shell-words.ts'
import { readToolTexts, type ToolTexts } from './tool-texts.ts'
import { completesTo } from './wildcard.ts'

export interface ToolCall {
  readonly tool: string
  readonly input: unknown
  /** Absolute; relative paths count from it. */
  readonly cwd: string
}

/** What was found, for the reason. */
export interface Finding {
  readonly kind: Kind
  /** As it stands in the call. */
  readonly text: string
}

const LONGEST_PATH = 4096
/** Further ones are judged by their names alone, so that a long line can't keep the file system busy. */
const MOST_LOOKED_UP = 3000
/** Tools that look and can't change or run anything: the program's own files are no secret. */
const READS = /^(?:Read|NotebookRead|Glob|Grep|LS)$/
/** Files of the state, for searches that name one and begin above it. */
const FILES = ['access.json', 'approvers.json', 'sources.json', 'journal.db', 'history.db', '.env']
/** Commands that take a whole tree with them. */
const TAKES_TREES =
  /(?:^|[\s;&|(`'"/])(?:rm|mv|cp|rsync|scp|tar|zip|ln|chmod|chown|find|grep|rg|trash|remove-item|move-item|copy-item)(?=[\s;&|)'"]|$)/i

/** Looks at the file system. Throws only where something is wrong that nobody expected. */
export function judge({ tool, input, cwd }: ToolCall, protection: Protection): Finding | undefined {
  const texts = readToolTexts(tool, input)
  const looked = { left: MOST_LOOKED_UP }
  return (
    findPrompt(texts.prompts, protection) ??
    findPath(texts.paths, tool, cwd, protection, looked) ??
    findSwitch(tool, input) ??
    findSearch(texts.searches, protection, cwd) ??
    first(texts.commands, (command) => findInCommand(command, cwd, protection, looked)) ??
    // Too much to look at everything: what names the state anywhere is refused.
    (texts.cut ? findByName(JSON.stringify(input), protection) : undefined)
  )
}

/** By name alone: for what can't be read, and what is too long. */
export function findByName(text: string, { channel, state }: Protection): Finding | undefined {
  const plain = text.replace(/\\\\/g, '/')
  // A script may put the name together: `'.claude', 'channels'`, `'.claude' / 'channels'`.
  const joined = plain.replace(/["']\s*[,/]\s*["']/g, '/')
  for (const form of [plain, joined, joined.replace(/["'\\]/g, '')]) {
    if (namesState(form, channel) || state.some((folder) => holds(fold(form), folder))) {
      return { kind: 'state', text: `${channel}'s state` }
    }
  }
  return namesProgram(plain, channel) ? { kind: 'program', text: `${channel}'s program` } : undefined
}

/** The folder as a whole name, and more of it than its inbox. Both folded. */
function holds(text: string, folder: string): boolean {
  for (let at = text.indexOf(folder); at >= 0; at = text.indexOf(folder, at + 1)) {
    if (!/^(?:[\w.-]|\/inbox(?![\w.-]))/.test(text.slice(at + folder.length, at + folder.length + 10))) return true
  }
  return false
}

function findPrompt(prompts: readonly string[], { channel }: Protection): Finding | undefined {
  const named = new RegExp(`^\\s*/?${channel}:(?:access|configure|sources)(?![\\w-])`, 'i')
  const text = prompts.find((prompt) => named.test(prompt))
  return text === undefined ? undefined : { kind: 'program', text: text.trim().slice(0, 80) }
}

function findPath(
  paths: readonly string[],
  tool: string,
  cwd: string,
  protection: Protection,
  looked: { left: number },
): Finding | undefined {
  return first(paths, (text) => {
    const path = toPath(text)
    if (path === undefined) return undefined
    // A reply may speak of the file: a sentence is judged by where it would lead as a path, and leads nowhere.
    const isSentence = /^mcp__/.test(tool) && /\s/.test(path) && !/^(?:[/~.\\]|[a-z]:)/i.test(path)
    const kind = kindOf(path, cwd, protection, looked, !isSentence)
    return kind === 'state' || (kind === 'program' && !READS.test(tool)) ? { kind, text: path } : undefined
  })
}

/** The setting that takes all hooks away, this one too; Claude Code reads it again as soon as it is written. */
function findSwitch(tool: string, input: unknown): Finding | undefined {
  const text = JSON.stringify(input) ?? ''
  if (text.indexOf('disableAllHooks') < 0) return undefined
  const path = (input as { readonly file_path?: unknown }).file_path
  const named = /^(?:Write|Edit|MultiEdit)$/.test(tool)
    ? String(path)
    : /^(?:Bash|PowerShell|Monitor|mcp__)/.test(tool)
      ? text
      : ''
  return /settings[\w.-]*\.json/.test(named) ? { kind: 'program', text: 'disableAllHooks' } : undefined
}

/** A text that may be a path as a whole. Whether it looks like one makes no difference: `access.json` counts from the cwd. */
function toPath(text: string): string | undefined {
  if (text.length > LONGEST_PATH || /[\0\n]/.test(text)) return undefined
  const found = /^file:\/\/(?:localhost)?(\/.*)$/i.exec(text)
  if (!found) return text
  try {
    return decodeURIComponent((found[1] ?? '').replace(/[?#].*$/, ''))
  } catch {
    return found[1]
  }
}

function kindOf(
  path: string,
  base: string,
  protection: Protection,
  looked: { left: number },
  byName: boolean = true,
): Kind | undefined {
  if (path === '' || path.length > LONGEST_PATH || path.indexOf('\0') >= 0) return undefined
  if (--looked.left < 0) return findByName(path, protection)?.kind
  return findKind(place(path, base, protection), protection, byName)
}

/** A search below a folder of the state is refused where the folder is named; where it is not, by what it looks for. */
function findSearch(searches: ToolTexts['searches'], protection: Protection, cwd: string): Finding | undefined {
  return first(searches, ({ root, names }) => {
    const at = place(root ?? cwd, cwd, protection)
    if (root !== undefined && isAbove(at, protection)) return { kind: 'state', text: root }
    if (/^\s*$/.test(names)) return undefined
    const base = root === undefined ? cwd : place(root, cwd, protection).named
    const pattern = place(isAbsolute(names) || /^~/.test(names) ? names : join(base, names), cwd, protection)
    const reached =
      /\bchannels\b/i.test(names) && protection.state.some((state) => completesTo(pattern.named, state, true))
    return reached ? { kind: 'state', text: names } : undefined
  })
}

function isAbove({ named, real }: Place, { above }: Protection): boolean {
  return above.some((folder) => folder === named || folder === real)
}

function findInCommand(
  command: string,
  cwd: string,
  protection: Protection,
  looked: { left: number },
): Finding | undefined {
  const byName = findByName(command, protection)
  if (byName) return byName
  const program = findProgram(command, protection)
  if (program) return program
  const { words, entered, cut } = readShellWords(command, protection.variables)
  const bases = [cwd]
  for (const folder of entered) for (const base of bases.slice(0, 8)) bases.push(place(folder, base, protection).named)
  const taken = TAKES_TREES.test(command)
  const searched = /(?:^|[\s;&|(`'"/])(?:find|fd|fdfind|gfind)\s/.test(command)
  const above = searched ? findFromAbove(words, cwd, protection) : undefined
  if (above) return above
  const everywhere = bases.filter((base, at) => bases.indexOf(base) === at).slice(0, 8)
  const found = first(everywhere, (base) => first(words, (word) => findWord(word, base, taken, protection, looked)))
  return found ?? (cut ? findByName(command.replace(/["'\\]/g, ''), protection) : undefined)
}

/** Other ways to the program than by its path. */
function findProgram(command: string, { channel }: Protection): Finding | undefined {
  const end = '(?![\\w-])'
  const ways = [
    // The slash command, typed into another session.
    `(?<![\\w-])${channel}:(?:access|configure|sources)${end}`,
    // The command of Backchannel's own host.
    `(?:^|[\\s/'"])backchannel(?:\\.[cm]?js)?["']?\\s+(?:(?:access|configure)\\s+["']?)?${channel}${end}`,
    // Taking this hook away.
    `(?:^|[\\s/'"])claude["']?\\s+plugins?\\s+(?:disable|uninstall|remove|configure)\\s[^;&|\\n]*${channel}${end}`,
    `(?:^|[\\s/'"*])(?:start|server)\\.cjs[^;&|\\n]*\\s["']?(?:access|configure)${end}`,
  ]
  for (const way of ways) {
    const found = new RegExp(way, 'i').exec(command)
    if (found) return { kind: 'program', text: found[0].trim() }
  }
  return undefined
}

function findWord(
  word: string,
  base: string,
  taken: boolean,
  protection: Protection,
  looked: { left: number },
): Finding | undefined {
  const kind = kindOf(word, base, protection, looked)
  if (kind) return { kind, text: word }
  if (looked.left < 0) return undefined
  const at = place(word, base, protection)
  // The folder of all channels is nobody's errand; the one above it holds much else, and is named for its own sake.
  if (isAbove(at, protection) && (/(?:^|\/)channels$/.test(at.named) || (taken && !/^\.*\/?$/.test(word)))) {
    return { kind: 'state', text: word }
  }
  if (!/[*?[]/.test(word)) return undefined
  if (protection.state.some((state) => completesTo(at.named, state))) return { kind: 'state', text: word }
  // A link to the folder of all channels would lead around this hook.
  const above =
    /[a-z][^/]*$/i.test(word) &&
    protection.above.some((folder) => /\/channels$/.test(folder) && completesTo(at.named, folder))
  if (above || namesInPattern(word, protection)) return { kind: 'state', text: word }
  const started = protection.plugin.some((folder) => completesTo(at.named, `${folder}/start.cjs`))
  return started ? { kind: 'program', text: word } : undefined
}

/** `find / -path '*channels/fakechat*'` begins nowhere. */
function namesInPattern(word: string, { channel }: Protection): boolean {
  return new RegExp(`\\*[^/]*/?channels[/\\\\]${channel}(?![\\w.-])`, 'i').test(word)
}

/** `find ~ -name access.json` names no folder of ours, and finds ours. */
function findFromAbove(words: readonly string[], base: string, protection: Protection): Finding | undefined {
  const asked = words.filter((word) => FILES.some((file) => completesTo(`/${word.toLowerCase()}`, `/${file}`)))
  const [text] = asked.filter((word) => /^[*?.\w[\]-]+$/.test(word) && /[a-z]{3}/i.test(word))
  if (text === undefined) return undefined
  const begins = words.some((word) => {
    if (!/^[~/.]/.test(word) || word.length > LONGEST_PATH) return false
    const { named, real } = place(word, base, protection)
    return protection.state.some(
      (state) => state.startsWith(`${named}/`) || state.startsWith(`${real}/`) || named === '/',
    )
  })
  return begins ? { kind: 'state', text } : undefined
}

function first<Item, Found>(items: readonly Item[], find: (item: Item) => Found | undefined): Found | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}
