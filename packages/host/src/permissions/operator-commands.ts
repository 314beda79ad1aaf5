/**
 * Commands of the operator, as an agent would run them: `backchannel access …`, `backchannel plugin …`, or a channel's own
 * program with `access` or `configure`. Who may write and approve, and what may be let into a session, is never for the
 * agent to say, so no mode and no rule allows one.
 */
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { programName } from './command-pattern.ts'
import type { NamedPath } from './shell-paths.ts'
import type { VisibleCommand, VisibleShell } from './shell-scan.ts'

/** Of a channel's program; `add` and `remove` are webhook's, whose sources may approve. */
const CHANNEL_WORDS: ReadonlySet<string> = new Set(['access', 'configure', 'add', 'remove'])
/** Of the command itself, in the first place: what else is let in, and what was consented to. */
const COMMAND_WORDS: ReadonlySet<string> = new Set(['plugin', 'consents'])
/** Programs that run the script or package which their arguments name. */
const RUNTIMES: ReadonlySet<string> = new Set([
  'node',
  'bun',
  'deno',
  'npx',
  'bunx',
  'npm',
  'pnpm',
  'yarn',
  'tsx',
  'nodejs',
])

/**
 * The command that can be seen in the line; as with all of a shell's ways, one that hides what it runs is not seen.
 * @param programs real paths of what the session itself runs: its channels' programs, and its own
 */
export function findOperatorCommand(
  { commands }: VisibleShell,
  paths: readonly NamedPath[],
  programs: readonly string[],
): string | undefined {
  const found = commands.find((command) => isOperatorCommand(command, paths, programs))
  return found?.words.join(' ')
}

function isOperatorCommand(
  { words, runsOthers }: VisibleCommand,
  paths: readonly NamedPath[],
  programs: readonly string[],
): boolean {
  const mayRunAny = runsOthers || RUNTIMES.has(programName(words[0] ?? ''))
  return words.some((word, at) => {
    if (at > 0 && !mayRunAny) return false
    if (paths.some((path) => path.text === word && isOperatorHook(path))) return true
    // `backchannel access NAME` and `backchannel NAME access`, options between them.
    const following = words.slice(at + 1).filter((next) => !next.startsWith('-'))
    const isItself = isCommandItself(word)
    if (isItself && COMMAND_WORDS.has(following[0] ?? '')) return true
    if (!following.slice(0, 2).some((next) => CHANNEL_WORDS.has(next))) return false
    return isItself || paths.some((path) => path.text === word && isProgram(path, programs))
  })
}

function isCommandItself(word: string): boolean {
  return programName(word).replace(/\.(?:cmd|ps1|[cm]?js)$/, '') === 'backchannel'
}

/** The program of a plugin that takes what a user typed in Claude Code: whatever is piped into it would be such a word. */
function isOperatorHook({ place }: NamedPath): boolean {
  return [place.named, place.real].some(
    (path) => basename(path) === 'operator.cjs' && existsSync(join(dirname(path), '../.claude-plugin')),
  )
}

/** One that the session runs, or whatever lies in the folder of a plugin. */
function isProgram({ place }: NamedPath, programs: readonly string[]): boolean {
  const isInPlugin = (path: string) => existsSync(join(dirname(path), '.claude-plugin'))
  return [place.named, place.real].some((path) => programs.includes(path) || isInPlugin(path))
}
