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
}

const MOST_LINKS = 40

/** Touches the file system, and never throws: what cannot be resolved is taken as written. */
export function locate(path: string, { cwd, home }: Folders): Place {
  const written = path === '~' || /^~[\\/]/.test(path) ? join(home, path.slice(1)) : path
  const named = resolve(realPath(cwd), written)
  return { named, real: realPath(named) }
}

/** The real path of an absolute one. A link that leads nowhere counts as what it names: writing would create that. */
export function realPath(path: string, links: number = MOST_LINKS): string {
  try {
    return realpathSync.native(path)
  } catch (thrown) {
    const parent = dirname(path)
    if (parent === path || !['ENOENT', 'ENOTDIR'].includes(errorCode(thrown))) return path
    const target = links > 0 ? readLink(path) : undefined
    if (target !== undefined) return realPath(resolve(realPath(parent, links - 1), target), links - 1)
    return join(realPath(parent, links), basename(path))
  }
}

/** True for the folder itself and everything below it. Letter case makes no difference where `ignoreCase` says so. */
export function isInside(folder: string, path: string, ignoreCase = false): boolean {
  const inside = ignoreCase ? relative(folder.toLowerCase(), path.toLowerCase()) : relative(folder, path)
  return inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside)
}

function readLink(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined
  } catch {
    return undefined
  }
}
