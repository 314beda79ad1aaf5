/** The paths that a command line visibly names: as words, behind `=` or `:`, inside quotes, by a variable or a wildcard. */
import { existsSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import { matchGlob } from './path-pattern.ts'
import { type Folders, locate, type Place, realPath } from './paths.ts'
import { holdsProtected, isProtected, type ProtectedState } from './protected-state.ts'

/** Further ones are taken as written: a very long line must not keep the file system busy. */
const MOST_LOCATED = 2_000
const LONGEST_PATH = 4_096
const BOUNDARY = /[\s'"`=:,;|&<>(){}\\$@]+/
const WILDCARD = /[*?[]/

export interface NamedPath {
  /** As it stands in the text, variables filled in. */
  readonly text: string
  readonly place: Place
}

/**
 * Whatever in the texts may be a path; most of it is none, which does no harm.
 * @param entered folders that the command goes to: a relative path may count from each of them
 */
export function namedPaths(
  texts: Iterable<string>,
  entered: readonly string[],
  state: ProtectedState,
  folders: Folders,
): readonly NamedPath[] {
  const found = new Set<string>()
  for (const text of texts) for (const candidate of candidates(expand(text, state))) found.add(candidate)
  return basesOf(entered, state, folders).flatMap((base, number) => {
    const cwd = realPath(base, folders.known)
    // What does not count from the folder is the same for all of them.
    const counted = number === 0 ? [...found] : [...found].filter((text) => !/^(?:\/|~(?:\/|$))/.test(text))
    return counted.map((text, at) => {
      if (at < MOST_LOCATED) return { text, place: locate(text, { ...folders, cwd }) }
      const named = resolve(cwd, text.replace(/^~(?=\/|$)/, folders.home))
      return { text, place: { named, real: named } }
    })
  })
}

/** Each folder from where the command was before, and from where it started. */
function basesOf(entered: readonly string[], state: ProtectedState, folders: Folders): readonly string[] {
  const bases = [folders.cwd]
  for (const folder of entered) {
    const last = bases.at(-1) ?? folders.cwd
    for (const cwd of new Set([last, folders.cwd])) bases.push(locate(expand(folder, state), { ...folders, cwd }).named)
  }
  return [...new Set(bases)]
}

/** The first path among them that is protected, or that a wildcard completes to one that is there. */
export function findProtected(paths: readonly NamedPath[], state: ProtectedState): string | undefined {
  const found = paths.find(
    ({ text, place }) => isProtected(place, state) || (WILDCARD.test(text) && completesToProtected(place, state)),
  )
  return found?.text
}

/** True where a search through one of the paths would reach what is protected. */
export function reachesProtected(paths: readonly NamedPath[], state: ProtectedState, folders: Folders): boolean {
  return paths.some(({ text, place }) => /[/~.]/.test(text) && holdsProtected(place, state, folders))
}

/** A file may be meant: by a separator, a dot, or because there is one of that name. */
export function isLikelyFile({ text, place }: NamedPath): boolean {
  return /[/.]/.test(text) || existsSync(place.named)
}

function candidates(text: string): string[] {
  const pieces = text.split(BOUNDARY).flatMap((piece) => {
    const slash = piece.search(/~?\//)
    return slash > 0 ? [piece, piece.slice(slash)] : [piece]
  })
  const behind = /[=:@]/.test(text) ? [text.slice(text.search(/[=:@]/) + 1)] : []
  return [text, ...behind, ...pieces].filter(
    (piece) => piece !== '' && piece.length <= LONGEST_PATH && !piece.includes('\0'),
  )
}

function expand(text: string, { variables }: ProtectedState): string {
  return text.replace(/\$(?:(\w+)|\{(\w+)[^}]*\})/g, (whole, plain?: string, braced?: string) => {
    const name = plain ?? braced ?? ''
    return Object.hasOwn(variables, name) ? (variables[name] ?? whole) : whole
  })
}

/** A leading dot is only matched by one that is written, as in a shell. */
function completesToProtected({ named }: Place, state: ProtectedState): boolean {
  const pattern = toSegments(named.replace(/\[[^\]/]*\]/g, '?'))
  return state.places.some((place) => {
    const segments = toSegments(place)
    const matches = segments.every((segment, at) => {
      const part = pattern[at]
      return part !== undefined && part.startsWith('.') === segment.startsWith('.') && matchGlob(part, segment)
    })
    return matches && existsSync(place)
  })
}

function toSegments(path: string): string[] {
  return path
    .toLowerCase()
    .split(sep)
    .filter((part) => part !== '')
}
