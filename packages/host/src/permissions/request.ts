/** A tool call as the rules see it: what it would touch, run or send, worked out once. */
import { isAbsolute } from 'node:path'
import { isRecord } from '@backchannel/protocol'
import { pathOf } from './own-tools.ts'
import { type Folders, isInside, locate, type Place, realPath } from './paths.ts'
import { isProtected, type ProtectedState } from './protected-state.ts'
import { looksSecret, runsLater } from './secrets.ts'
import { readShell, type ShellReading } from './shell.ts'
import { type NamedPath, namedPaths } from './shell-paths.ts'
import { foldersEntered } from './shell-scan.ts'

export interface ToolRequest {
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
  /** Set for a tool of a channel or another server: its source in this session, and the tool's own name. */
  readonly channel?: { readonly source: string; readonly tool: string }
}

/** The folders of a session, and what is closed to the agent in them. */
export interface Surface extends Folders {
  readonly protectedState: ProtectedState
}

export type Subject =
  | { readonly kind: 'path'; readonly access: 'read' | 'write'; readonly path: string; readonly place: Place }
  | { readonly kind: 'command'; readonly shell: ShellReading; readonly paths: readonly NamedPath[] }
  | { readonly kind: 'other' }

export function readRequest({ name, input, channel }: ToolRequest, surface: Surface): Subject {
  if (channel) return { kind: 'other' }
  if (name === 'Bash') {
    const command = typeof input['command'] === 'string' ? input['command'] : ''
    const shell = readShell(command)
    return {
      kind: 'command',
      shell,
      paths: namedPaths(shell.texts, foldersEntered(shell), surface.protectedState, surface),
    }
  }
  const found = pathOf(name, input)
  return found ? { kind: 'path', ...found, place: locate(found.path, surface) } : { kind: 'other' }
}

/** True for what lies in the project, as far as it really leads there. */
export function isInProject({ real }: Place, { cwd, known }: Folders): boolean {
  return isInside(realPath(cwd, known), real)
}

/** True for likely secrets, and, for writing, for what something runs once it is written. */
export function isSensitive({ named, real }: Place, access: 'read' | 'write', { cwd, known }: Folders): boolean {
  const project = realPath(cwd, known)
  return [named, real].some((path) => {
    // What the project's own folder is called says nothing about what is in it.
    const shown = isInside(project, path) ? path.slice(project.length) : path
    return looksSecret(shown) || (access === 'write' && runsLater(shown))
  })
}

/** A file that a reply may carry with nobody asked. */
export function mayAttach(file: string, surface: Surface): boolean {
  const place = locate(file, surface)
  const isFine = isInProject(place, surface) && !isSensitive(place, 'read', surface)
  return isFine && !isProtected(place, surface.protectedState)
}

/** Whoever is sent a file can be anybody: each is judged, whatever is said of the tool. */
export function attachesFreely({ channel, input }: ToolRequest, surface: Surface): boolean {
  const files = input['files'] ?? []
  if (!channel) return true
  return (
    Array.isArray(files) &&
    files.every((file) => typeof file === 'string' && isAbsolute(file) && mayAttach(file, surface))
  )
}

/** Whole strings of a server tool's arguments that are a path to protected state; the text of a reply is only text. */
export function findProtectedArgument({ input, channel }: ToolRequest, surface: Surface): string | undefined {
  const texts = Object.entries(input).flatMap(([key, value]) =>
    key === 'text' && channel?.tool === 'reply' ? [] : strings(value, 0),
  )
  return texts
    .filter((text) => /^(?:file:\/\/|[./~\\]|[A-Za-z]:[\\/])[^\n]*$/.test(text))
    .find((text) => isProtected(locate(text.replace(/^file:\/\//, ''), surface), surface.protectedState))
}

const DEEPEST = 8

function strings(value: unknown, depth: number): string[] {
  if (typeof value === 'string') return [value]
  if (depth >= DEEPEST) return []
  if (Array.isArray(value)) return value.flatMap((item) => strings(item, depth + 1))
  return isRecord(value) ? Object.values(value).flatMap((item) => strings(item, depth + 1)) : []
}
