/** Patterns for paths as in `.gitignore`, in the forms of Claude Code: `//abs`, `~/home`, `/project`, `./here`, `name`. */
import { dirname, resolve, sep } from 'node:path'
import { type Folders, type Place, realPath } from './paths.ts'

export interface PathPattern {
  readonly text: string
  /** What a single leading `/` counts from; absent: the folder of the session. */
  readonly root?: string
}

/** `every`: the path as written and where it leads must match (to allow); `some`: one of them (to ask or deny). */
export function matchesPath(pattern: PathPattern, place: Place, folders: Folders, need: 'every' | 'some'): boolean {
  const ignoreCase = need === 'some'
  const matchers = compile(pattern, folders, ignoreCase)
  const matches = (path: string) => {
    const segments = toSegments(path, ignoreCase)
    return matchers.some((matcher) => matchSegments(matcher, segments))
  }
  return need === 'every'
    ? matches(place.real) && (matches(place.named) || place.named === place.real)
    : matches(place.real) || matches(place.named)
}

/** One matcher for the pattern as written, one for where its fixed start really lies. */
function compile({ text, root }: PathPattern, { cwd, home, known }: Folders, ignoreCase: boolean): string[][] {
  const [base, rest] = split(text, root ?? cwd, cwd, home)
  const parts = rest.split('/').filter((part) => part !== '' && part !== '.')
  // As in .gitignore: a name without a slash matches at every depth.
  const anchored = /\//.test(rest.replace(/\/$/, '')) || /^(?:\/|~|\.\/)/.test(text)
  const pattern = anchored ? parts : ['**', ...parts]
  const fixed = pattern.findIndex((part) => /[*?]/.test(part))
  const head = fixed === -1 ? pattern : pattern.slice(0, fixed)
  const tail = fixed === -1 ? [] : pattern.slice(fixed)
  const start = resolve(base, ...head)
  return [...new Set([start, realPath(start, known)])].map((folder) => [
    ...toSegments(folder, ignoreCase).map(escapeSegment),
    ...(ignoreCase ? tail.map((part) => part.toLowerCase()) : tail),
  ])
}

function split(text: string, root: string, cwd: string, home: string): [base: string, rest: string] {
  if (text.startsWith('//')) return [sep, text.slice(2)]
  if (text === '~' || text.startsWith('~/')) return [home, text.slice(2)]
  if (text.startsWith('/')) return [root, text.slice(1)]
  let base = cwd
  let rest = text
  for (;;) {
    if (rest.startsWith('./')) rest = rest.slice(2)
    else if (rest.startsWith('../')) [base, rest] = [dirname(base), rest.slice(3)]
    else return [base, rest]
  }
}

function toSegments(path: string, ignoreCase: boolean): string[] {
  const segments = path.split(sep).filter((part) => part !== '')
  return ignoreCase ? segments.map((part) => part.toLowerCase()) : segments
}

/** A folder may have a `*` in its name. */
const LITERAL = '\0'
function escapeSegment(part: string): string {
  return LITERAL + part
}

/** True if the pattern matches the path or a folder above it. Work is at most pattern × path. */
function matchSegments(pattern: readonly string[], path: readonly string[]): boolean {
  let open = new Set([0])
  for (let at = 0; at <= path.length; at += 1) {
    for (const state of open) if (pattern[state] === '**') open.add(state + 1)
    if (open.has(pattern.length)) return true
    const segment = path[at]
    if (segment === undefined) return false
    const next = new Set<number>()
    for (const state of open) {
      const part = pattern[state]
      if (part === undefined) continue
      if (part === '**') next.add(state)
      else if (matchSegment(part, segment)) next.add(state + 1)
    }
    open = next
  }
  return false
}

function matchSegment(part: string, segment: string): boolean {
  return part.startsWith(LITERAL) ? part.slice(1) === segment : matchGlob(part, segment)
}

/** `*` for any characters, `?` for one. Work is at most pattern × text, whatever the pattern. */
export function matchGlob(pattern: string, text: string): boolean {
  let at = 0
  let position = 0
  let star = -1
  let resume = 0
  while (position < text.length) {
    if (pattern[at] === '*') {
      star = at
      resume = position
      at += 1
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[position])) {
      at += 1
      position += 1
    } else if (star >= 0) {
      at = star + 1
      resume += 1
      position = resume
    } else {
      return false
    }
  }
  return [...pattern.slice(at)].every((character) => character === '*')
}
