/** Where a path leads: written in any way, through links, to a file that may not be there yet. */
import { lstatSync, readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { errorCode } from '../json/read.ts'

export interface Place {
  /** Absolute, `.` and `..` resolved, links not followed. */
  readonly named: string
  /** Where it really leads; of a file that is not there yet, where it would be created. */
  readonly real: string
}

export interface Folders {
  /** Relative paths count from it. */
  readonly cwd: string
  /** What `~` stands for. */
  readonly home: string
  /** What was found out about links while one call is judged. Never kept for longer: links change. */
  readonly known?: KnownPaths
}

export type KnownPaths = Map<string, string>

const MOST_LINKS = 40

/** Touches the file system, and never throws: what cannot be resolved is taken as written. */
export function locate(path: string, { cwd, home, known }: Folders): Place {
  const written = path === '~' || /^~[\\/]/.test(path) ? join(home, path.slice(1)) : path
  const named = resolve(realPath(cwd, known), written)
  return { named, real: realPath(named, known) }
}

/** The real path of an absolute one. A link that leads nowhere counts as what it names: writing would create that. */
export function realPath(path: string, known: KnownPaths = new Map(), links: number = MOST_LINKS): string {
  const before = known.get(path)
  if (before !== undefined) return before
  const real = follow(path, known, links)
  known.set(path, real)
  return real
}

function follow(path: string, known: KnownPaths, links: number): string {
  const parent = dirname(path)
  if (parent === path) return path
  try {
    const entry = lstatSync(path, { throwIfNoEntry: false })
    if (!entry) return join(realPath(parent, known, links), basename(path))
    if (!entry.isSymbolicLink()) return realpathSync.native(path)
    return followLink(path, known, links)
  } catch {
    return path
  }
}

function followLink(path: string, known: KnownPaths, links: number): string {
  try {
    return realpathSync.native(path)
  } catch (thrown) {
    if (links === 0 || !['ENOENT', 'ENOTDIR'].includes(errorCode(thrown))) return path
    return realPath(resolve(realPath(dirname(path), known, links - 1), readlinkSync(path)), known, links - 1)
  }
}

/** True for the folder itself and everything below it. Letter case makes no difference where `ignoreCase` says so. */
export function isInside(folder: string, path: string, ignoreCase = false): boolean {
  const inside = ignoreCase ? relative(folder.toLowerCase(), path.toLowerCase()) : relative(folder, path)
  return inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside)
}
