/** Whether a command line reaches the state or the program: by a word, a folder it goes to, a wildcard, or another way. */
import { type Finding, findByName, first, isAbove, kindOf, LONGEST_PATH, type LookUps } from './finding.ts'
import { type Protection, place } from './protected.ts'
import { readShellWords } from './shell-words.ts'
import { completesTo } from './wildcard.ts'

/** Files of the state, for searches that name one and begin above it. */
const FILES = ['access.json', 'approvers.json', 'sources.json', 'journal.db', 'history.db', '.env']
/** Commands that take a whole tree with them. */
const TAKES_TREES =
  /(?:^|[\s;&|(`'"/])(?:rm|mv|cp|rsync|scp|tar|zip|ln|chmod|chown|find|grep|rg|trash|remove-item|move-item|copy-item)(?=[\s;&|)'"]|$)/i

/** @param command a command line, or a script */
export function findInCommand(
  command: string,
  cwd: string,
  protection: Protection,
  looked: LookUps,
): Finding | undefined {
  const byName = findByName(command, protection)
  if (byName) return byName
  const program = findProgram(command, protection)
  if (program) return program
  const { words, entered, cut } = readShellWords(command, protection.variables)
  const bases = [cwd]
  for (const folder of entered) for (const base of bases.slice(0, 8)) bases.push(place(folder, base, protection).path)
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
  looked: LookUps,
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
      (state) => named === '/' || [named, ...real].some((folder) => state.startsWith(`${folder}/`)),
    )
  })
  return begins ? { kind: 'state', text } : undefined
}
