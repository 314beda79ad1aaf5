/** What a tool call touches: one path or text at a time, and no more look-ups than a hook has time for. */
import { findKind, type Kind, namesProgram, namesState, type Place, type Protection, place } from './protected.ts'
import { fold } from './real-path.ts'

/** What was found, for the reason. */
export interface Finding {
  readonly kind: Kind
  /** As it stands in the call. */
  readonly text: string
}

/** What is left to look up in the file system; further paths are judged by their names alone. */
export interface LookUps {
  left: number
}

export const LONGEST_PATH = 4096

/** By name alone: for what can't be read, and what is too long. */
export function findByName(text: string, { channel, state }: Protection): Finding | undefined {
  const plain = text.replace(/\\\\/g, '/')
  // A script may put the name together: `'.claude', 'channels'`, `'.claude' / 'channels'`.
  const joined = plain.replace(/["']\s*[,/]\s*["']/g, '/')
  for (const form of [plain, joined, joined.replace(/["'\\]/g, '')]) {
    if (namesState(form, channel) || state.some((folder) => holds(fold(form), folder))) {
      return { kind: 'state', text: `${channel}'s state` }
    }
  }
  return namesProgram(plain, channel) ? { kind: 'program', text: `${channel}'s program` } : undefined
}

/** The folder as a whole name, and more of it than its inbox. Both folded. */
function holds(text: string, folder: string): boolean {
  for (let at = text.indexOf(folder); at >= 0; at = text.indexOf(folder, at + 1)) {
    if (!/^(?:[\w.-]|\/inbox(?![\w.-]))/.test(text.slice(at + folder.length, at + folder.length + 10))) return true
  }
  return false
}

/** @param byName see {@link findKind} */
export function kindOf(
  path: string,
  base: string,
  protection: Protection,
  looked: LookUps,
  byName: boolean = true,
): Kind | undefined {
  if (path === '' || path.length > LONGEST_PATH || path.indexOf('\0') >= 0) return undefined
  if (--looked.left < 0) return findByName(path, protection)?.kind
  return findKind(place(path, base, protection), protection, byName)
}

/** True for the folder of all channels, and the one that it is in. */
export function isAbove({ named, real }: Place, { above }: Protection): boolean {
  return above.some((folder) => folder === named || real.indexOf(folder) >= 0)
}

/** The first that is found. */
export function first<Item, Found>(items: readonly Item[], find: (item: Item) => Found | undefined): Found | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}
