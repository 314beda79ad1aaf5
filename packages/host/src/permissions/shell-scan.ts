/** Everything a shell command line lets us see, nested commands included: what rules that deny or ask are held against. */
import { forEachChild, parse, type SyntaxNode } from 'unbash'
import { programName } from './command-pattern.ts'

export interface VisibleShell {
  /** Every command that can be seen. */
  readonly commands: readonly VisibleCommand[]
  /** Every word, file of a redirect, and text that a command is given as input. */
  readonly texts: readonly string[]
  /** Files that a redirect writes to. */
  readonly writes: readonly string[]
}

export interface VisibleCommand {
  /** Quotes removed. */
  readonly words: readonly string[]
  /** It runs others, as `sudo` does: from any of its words on there may be a command of its own. */
  readonly runsOthers: boolean
}

/** Programs that run what their arguments say: no rule about the inner command speaks for these. */
const RUNNERS = new Set([
  ...[
    'env',
    'sudo',
    'doas',
    'su',
    'runuser',
    'pkexec',
    'xargs',
    'parallel',
    'nohup',
    'timeout',
    'time',
    'nice',
    'ionice',
  ],
  ...[
    'setsid',
    'stdbuf',
    'chroot',
    'unshare',
    'nsenter',
    'flock',
    'watch',
    'script',
    'strace',
    'ltrace',
    'gdb',
    'setpriv',
  ],
  ...[
    'sh',
    'bash',
    'dash',
    'ash',
    'zsh',
    'ksh',
    'mksh',
    'fish',
    'csh',
    'tcsh',
    'busybox',
    'toybox',
    'pwsh',
    'powershell',
  ],
  ...[
    'command',
    'builtin',
    'exec',
    'eval',
    'source',
    '.',
    'trap',
    'coproc',
    'alias',
    'ssh',
    'systemd-run',
    'start-stop-daemon',
  ],
  ...['prlimit', 'taskset', 'chrt', 'numactl', 'entr', 'expect', 'fakeroot', 'proot', 'bwrap', 'firejail', 'cmd'],
])
/** Builtins that change what the commands after them mean. */
const CHANGERS = new Set([
  ...[
    'cd',
    'pushd',
    'popd',
    'set',
    'shopt',
    'enable',
    'hash',
    'export',
    'declare',
    'typeset',
    'local',
    'readonly',
    'unset',
  ],
  ...[
    'read',
    'mapfile',
    'readarray',
    'getopts',
    'umask',
    'ulimit',
    'unalias',
    'bind',
    'complete',
    'compopt',
    'fc',
    'let',
  ],
])
const COPIERS = new Set(['cp', 'mv', 'rsync', 'scp', 'install', 'ditto', 'robocopy', 'xcopy'])
const PACKERS = new Set(['rm', 'tar', 'bsdtar', 'zip', '7z', 'cpio', 'chmod', 'chown', 'chattr', 'shred', 'setfacl'])
/** Of `find`: what runs a program, deletes, or writes a file. */
const FIND_ACTIONS = /^-(?:exec|execdir|ok|okdir|delete|fprint|fprint0|fprintf|fls)$/
const DEEPEST = 4
const MOST_FOLDERS = 8

/** True for a program that runs another one, named in its arguments: only a rule that names all of it allows it. */
export function runsOthers(words: readonly string[]): boolean {
  const program = programName(words[0] ?? '')
  return RUNNERS.has(program) || (program === 'find' && words.some((word) => FIND_ACTIONS.test(word)))
}

/** The arguments of a program that copies, packs, moves or deletes whole folders; not the place that it copies to. */
export function wholeFolders(words: readonly string[]): readonly string[] {
  const program = programName(words[0] ?? '')
  const named = words.slice(1)
  if (COPIERS.has(program)) return named.filter((word) => !word.startsWith('-')).slice(0, -1)
  return PACKERS.has(program) ? named : []
}

export function changesWhatFollows(words: readonly string[]): boolean {
  return CHANGERS.has(programName(words[0] ?? ''))
}

/** The folders that a command goes to before something else is read or run there: `cd DIR`, `git -C DIR`. */
export function foldersEntered({ commands }: VisibleShell): readonly string[] {
  const found = commands.flatMap(({ words }) =>
    words.flatMap((word, at) => {
      const enters = at === 0 ? /^(?:cd|pushd)$/.test(word) : word === '-C' || word === '--directory'
      const target = at === 0 ? words.slice(1).find((next) => !next.startsWith('-')) : words[at + 1]
      return enters && target !== undefined ? [target] : []
    }),
  )
  return [...new Set(found)].slice(0, MOST_FOLDERS)
}

/** Never throws; of what cannot be parsed it sees what it can. */
export function scanVisible(line: string): VisibleShell {
  const seen = { commands: [] as VisibleCommand[], texts: [] as string[], writes: [] as string[] }
  scan(line, seen, 0)
  return seen
}

interface Seen {
  readonly commands: VisibleCommand[]
  readonly texts: string[]
  readonly writes: string[]
}

function scan(line: string, seen: Seen, depth: number): void {
  try {
    const script = parse(line)
    const visit = (node: SyntaxNode) => {
      note(node, seen, depth)
      forEachChild(node, visit)
    }
    visit(script)
    if (script.errors && script.errors.length > 0) splitRoughly(line, seen)
  } catch {
    splitRoughly(line, seen)
  }
}

function note(node: SyntaxNode, seen: Seen, depth: number): void {
  switch (node.type) {
    case 'Command': {
      const args = node.suffix.flatMap((item) => (item.type === 'Word' ? [item.value] : []))
      if (node.name) addCommand([node.name.value, ...args], seen, depth)
      break
    }
    case 'Word':
      seen.texts.push(node.value)
      break
    case 'Assignment':
    case 'HereDocBody':
      seen.texts.push(node.text)
      break
    case 'Redirect':
      if (node.target && node.operator !== '<' && node.operator !== '<&') seen.writes.push(node.target.value)
      break
  }
}

/** Any word of a program that runs others may be a whole line. */
function addCommand(words: string[], seen: Seen, depth: number): void {
  const isRunner = runsOthers(words)
  seen.commands.push({ words, runsOthers: isRunner })
  if (!isRunner || depth >= DEEPEST) return
  for (const word of words.slice(1)) if (/[\s;&|<>$`(){}'"\\]/.test(word)) scan(word, seen, depth + 1)
}

/** Of what cannot be parsed: any word may be where a command starts. */
function splitRoughly(line: string, seen: Seen): void {
  for (const piece of line.split(/[;&|\n\r(){}`<>]|\$\(/)) {
    const words = piece.split(/[\s'"\\]+/).filter((word) => word !== '')
    seen.texts.push(...words)
    if (words.length > 0) seen.commands.push({ words, runsOthers: true })
  }
}
