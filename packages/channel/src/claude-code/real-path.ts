/** Where a path leads, on any Node that Claude Code's users may have: through links, to a file that may not be there yet. */
import { lstatSync, readlinkSync, realpathSync, type Stats } from 'node:fs'
import { basename, dirname, isAbsolute, join, parse, resolve } from 'node:path'

const MOST_LINKS = 40

/** Never throws: what can't be resolved is taken as written. @param path absolute */
export function realPath(path: string, links: number = MOST_LINKS): string {
  const parent = dirname(path)
  if (parent === path || links === 0) return path
  try {
    return realpathSync.native(path)
  } catch {
    const entry = stat(path)
    // A link that leads nowhere counts as what it names: writing would create that.
    if (entry?.isSymbolicLink()) return followLink(path, links - 1)
    return join(realPath(parent, links), basename(path))
  }
}

/** As a program comes to it: `..` is the parent of where a link leads, not of where the link is. @param base absolute */
export function walkPath(base: string, path: string): string {
  const start = isAbsolute(path) ? parse(path).root : realPath(base)
  return path
    .split(/[\\/]/)
    .reduce(
      (at, name) => (name === '..' ? dirname(at) : name === '' || name === '.' ? at : realPath(join(at, name))),
      start,
    )
}

function followLink(path: string, links: number): string {
  try {
    return realPath(resolve(realPath(dirname(path), links), readlinkSync(path)), links)
  } catch {
    return path
  }
}

function stat(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch {
    return undefined
  }
}

/** For comparing: `/` between names, and letter case and the form of accents make no difference. */
export function fold(path: string): string {
  return path
    .replace(/[\\/]+/g, '/')
    .normalize('NFC')
    .toLowerCase()
}

/** True for the folder itself and everything below it. Both folded. */
export function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}
