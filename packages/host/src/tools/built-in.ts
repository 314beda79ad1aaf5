/** The host's own tools, for an agent that brings none: they only read, and only inside the project. */
import { readdir, realpath, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { BackchannelError } from '@backchannel/protocol'
import type { AgentTool } from '../agents/agent.ts'
import { looksSecret, openInProject, resolveInProject } from './project-files.ts'

/** The most of a file that one call returns, in bytes. */
const READ_BYTES = 64 * 1024
const LISTED_ENTRIES = 500

export interface BuiltInTool extends AgentTool {
  /** @throws BackchannelError with what was refused or failed */
  run(input: Readonly<Record<string, unknown>>, cwd: string): Promise<string>
}

const path = { type: 'string', description: 'A path inside the project; relative to its folder.' }

export const BUILT_IN_TOOLS: readonly BuiltInTool[] = [
  {
    name: 'LS',
    description: 'Lists a folder of the project.',
    inputSchema: { type: 'object', properties: { path } },
    run: (input, cwd) => listFolder(cwd, readPath(input, '.')),
  },
  {
    name: 'Read',
    description: `Reads a text file of the project, at most ${READ_BYTES / 1024} KB of it.`,
    inputSchema: { type: 'object', properties: { path }, required: ['path'] },
    run: (input, cwd) => readFile(cwd, readPath(input)),
  },
]

async function listFolder(cwd: string, folder: string): Promise<string> {
  const real = await resolveInProject(cwd, folder)
  if (!(await stat(real)).isDirectory()) throw unreadable(folder, 'it is a file, not a folder', 'Use Read.')
  const inside = relative(await realpath(cwd), real)
  const entries = await readdir(real, { withFileTypes: true })
  const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort()
  const shown = names.slice(0, LISTED_ENTRIES).map((name) => describe(inside, name))
  const rest = names.length > shown.length ? [`… and ${names.length - shown.length} more`] : []
  return names.length === 0 ? '(empty folder)' : [...shown, ...rest].join('\n')
}

/** A name with a line break in it would pass for two. */
function describe(folder: string, name: string): string {
  const shown = name.replace(/\p{Cc}/gu, '\ufffd')
  return looksSecret(join(folder, name)) ? `${shown} (not readable)` : shown
}

async function readFile(cwd: string, file: string): Promise<string> {
  const handle = await openInProject(cwd, file)
  try {
    const { size } = await handle.stat()
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(READ_BYTES), 0, READ_BYTES, 0)
    const bytes = buffer.subarray(0, bytesRead)
    if (bytes.includes(0)) throw unreadable(file, 'it is not a text file', 'Name a text file.')
    const isCut = size > bytesRead
    // A character that the cut went through is left out whole.
    const text = new TextDecoder().decode(bytes, { stream: isCut })
    return isCut ? `${text}\n… (${size - bytesRead} more bytes)` : text
  } finally {
    await handle.close()
  }
}

function readPath(input: Readonly<Record<string, unknown>>, fallback?: string): string {
  const value = input['path'] ?? fallback
  if (typeof value === 'string' && value !== '') return value
  throw new BackchannelError('arguments-invalid', `"path": expected a string, got ${typeof value}.`, {
    hint: 'Name a file or folder of the project.',
  })
}

function unreadable(what: string, why: string, hint: string): BackchannelError {
  return new BackchannelError('file-unreadable', `Reading ${what} failed: ${why}.`, { hint })
}
