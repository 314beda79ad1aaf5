/** Whether a tool call of the agent touches what only the user may: the channel's state, or the program that changes it. */
import { isAbsolute, join } from 'node:path'
import { type Finding, findByName, first, isAbove, kindOf, LONGEST_PATH, type LookUps } from './finding.ts'
import { findInCommand } from './judge-command.ts'
import { findKind, type Protection, place } from './protected.ts'
import { readToolTexts, type ToolTexts } from './tool-texts.ts'
import { completesTo } from './wildcard.ts'

export interface ToolCall {
  readonly tool: string
  readonly input: unknown
  /** Absolute; relative paths count from it. */
  readonly cwd: string
}

/** A long line can't keep the file system busy. */
const MOST_LOOKED_UP = 3000
/** Tools that look and can't change or run anything: the program's own files are no secret. */
const READS = /^(?:Read|NotebookRead|Glob|Grep|LS)$/
/** Looks at the file system. Throws only where something is wrong that nobody expected. */
export function judge({ tool, input, cwd }: ToolCall, protection: Protection): Finding | undefined {
  const texts = readToolTexts(tool, input)
  const looked: LookUps = { left: MOST_LOOKED_UP }
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
  looked: LookUps,
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

/** A search below a folder of the state is refused where the folder is named; where it is not, by what it looks for. */
function findSearch(searches: ToolTexts['searches'], protection: Protection, cwd: string): Finding | undefined {
  return first(searches, ({ root, names }) => {
    const at = place(root ?? cwd, cwd, protection)
    // Where no folder is named it is the one of the session: that may be Claude Code's own, and is no errand to the state.
    const above = isAbove(at, protection) && (root !== undefined || /\/channels$/.test(at.named))
    if (above || findKind(at, protection) === 'state') return { kind: 'state', text: root ?? cwd }
    if (/^\s*$/.test(names)) return undefined
    const pattern = place(isAbsolute(names) || /^~/.test(names) ? names : join(at.path, names), cwd, protection)
    const reached =
      /\bchannels\b/i.test(names) && protection.state.some((state) => completesTo(pattern.named, state, true))
    return reached ? { kind: 'state', text: names } : undefined
  })
}
