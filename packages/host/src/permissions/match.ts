/** Whether a rule speaks of a call: narrowly where it allows, widely where it asks or denies. */
import { matchesCommand, matchesTail } from './command-pattern.ts'
import { matchesPath } from './path-pattern.ts'
import { attachesFreely, isSensitive, type Subject, type Surface, type ToolRequest } from './request.ts'
import type { Rule } from './rules.ts'
import { looksSecret, runsLater } from './secrets.ts'
import type { PlainCommand } from './shell.ts'
import { isLikelyFile, namedPaths, reachesProtected } from './shell-paths.ts'
import { runsOthers } from './shell-scan.ts'

/** `maybe`: the rule is about writing, and whether the command writes there can't be seen. */
export type Restriction = 'yes' | 'maybe' | 'no'

/** For rules that ask or deny: everything that can be seen counts, nested commands and named files included. */
export function restricts({ subject }: Rule, request: ToolRequest, about: Subject, surface: Surface): Restriction {
  switch (subject.kind) {
    case 'tool':
      return subject.tool === request.name ? 'yes' : 'no'
    case 'mcp':
      return matchesServerTool(subject, request) ? 'yes' : 'no'
    case 'command': {
      if (about.kind !== 'command') return subject.pattern === undefined && request.name === 'Bash' ? 'yes' : 'no'
      const { pattern } = subject
      if (!pattern) return 'yes'
      const isMeant = about.shell.commands.some((command) =>
        (command.runsOthers ? matchesTail : matchesCommand)(pattern, command.words, { byProgram: true }),
      )
      return isMeant ? 'yes' : 'no'
    }
    case 'path': {
      const { pattern, access } = subject
      if (about.kind === 'path') {
        if (about.access !== access) return 'no'
        return !pattern || matchesPath(pattern, about.place, surface, 'some') ? 'yes' : 'no'
      }
      if (about.kind !== 'command' || !pattern) return 'no'
      const named = about.paths.filter(
        (path) => isLikelyFile(path) && matchesPath(pattern, path.place, surface, 'some'),
      )
      if (named.length === 0) return 'no'
      const isCertain = access === 'read' || named.some(({ text }) => about.shell.writes.includes(text))
      return isCertain ? 'yes' : 'maybe'
    }
  }
}

/** For rules that allow a call other than a command line. A wildcard never covers a likely secret, nor a tool's name its attachments. */
export function permits({ subject }: Rule, request: ToolRequest, about: Subject, surface: Surface): boolean {
  if (subject.kind === 'tool') return subject.tool === request.name && about.kind === 'other'
  if (subject.kind === 'mcp') return matchesServerTool(subject, request) && attachesFreely(request, surface)
  if (subject.kind !== 'path' || about.kind !== 'path' || subject.access !== about.access) return false
  const { pattern, access } = subject
  if (isSensitive(about.place, access, surface) && !(pattern && namesSensitive(pattern.text, access))) return false
  return !pattern || matchesPath(pattern, about.place, surface, 'every')
}

/** For one plain command of a line. Only a rule that names all of it covers programs that run others, and secrets. */
export function permitsCommand({ subject }: Rule, command: PlainCommand, surface: Surface): boolean {
  if (subject.kind !== 'command') return false
  const { pattern } = subject
  if (pattern && !matchesCommand(pattern, command.words, { byProgram: false })) return false
  return (pattern && !pattern.hasWildcard && command.patterns.length === 0) || !needsFullName(command, surface)
}

function needsFullName({ words, reads, patterns }: PlainCommand, surface: Surface): boolean {
  if (runsOthers(words)) return true
  // A wildcard that starts with a dot completes to `.env` and its like.
  if (patterns.some((word) => /(?:^|\/)\.[^/]*[*?[]/.test(word))) return true
  const paths = namedPaths([...words.slice(1), ...reads], [], surface.protectedState, surface)
  if (reachesProtected(paths, surface.protectedState, surface)) return true
  return paths.some((path) => isLikelyFile(path) && isSensitive(path.place, 'read', surface))
}

function namesSensitive(pattern: string, access: 'read' | 'write'): boolean {
  const literal = pattern.replace(/[*?]+/g, '').replace(/\/+/g, '/')
  return looksSecret(literal) || (access === 'write' && runsLater(literal))
}

function matchesServerTool(
  { server, tool }: { readonly server: string; readonly tool?: string },
  { name, channel }: ToolRequest,
): boolean {
  if (!name.startsWith('mcp__')) return false
  // Where the host knows which part is the tool's own name, a server called `a__b` is not taken for `a`.
  const prefix = channel && name.endsWith(channel.tool) ? name.slice(0, name.length - channel.tool.length) : undefined
  const isServer = (text: string) => (prefix === undefined ? name.startsWith(text) : prefix === text)
  const text = `mcp__${server}__`
  if (tool === undefined) return isServer(text)
  if (tool.endsWith('*')) {
    const start = text + tool.slice(0, -1)
    return isServer(start) || (isServer(text) && name.startsWith(start))
  }
  return name === text + tool || isServer(`${text}${tool}__`)
}
