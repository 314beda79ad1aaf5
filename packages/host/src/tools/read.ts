/** The tools that look: a folder's names, and the text of a file. */
import { readdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { ToolOutcome } from '../agents/agent.ts'
import { isInside, realPath } from '../permissions/paths.ts'
import { looksSecret } from '../permissions/secrets.ts'
import { explain, openToRead, placeOf, refused } from './files.ts'
import { describeImage } from './image.ts'
import { type BuiltInTool, type ToolContext, textArgument } from './tool.ts'

/** The most of a file that one call returns, in bytes. */
const READ_BYTES = 64 * 1024
const LISTED_ENTRIES = 500

const path = { type: 'string', description: 'A path; a relative one counts from the folder of the session.' }

export const LIST_TOOL: BuiltInTool = {
  name: 'LS',
  description: 'Lists a folder.',
  inputSchema: { type: 'object', properties: { path } },
  check: (input) => void textArgument(input, 'path', '.'),
  describeCall: () => 'List a folder',
  run: (input, context) => listFolder(textArgument(input, 'path', '.'), context),
}

export const READ_TOOL: BuiltInTool = {
  name: 'Read',
  description: `Reads a text file, at most ${READ_BYTES / 1024} KB of it; of a picture, what it is and how large.`,
  inputSchema: { type: 'object', properties: { path }, required: ['path'] },
  check: (input) => void textArgument(input, 'path'),
  describeCall: () => 'Read a file',
  run: (input, context) => readFile(textArgument(input, 'path'), context),
}

async function listFolder(folder: string, context: ToolContext): Promise<ToolOutcome> {
  const { real } = placeOf(folder, context)
  if (realPath(real) !== real) throw refused('Reading', folder, 'it was replaced meanwhile')
  const unreadable = (thrown: unknown) => {
    throw refused('Reading', folder, explain(thrown))
  }
  if (!(await stat(real).catch(unreadable)).isDirectory())
    throw refused('Reading', folder, 'it is a file, not a folder', 'Use Read.')
  const project = realPath(context.cwd)
  const shown = isInside(project, real) ? relative(project, real) : real
  const entries = await readdir(real, { withFileTypes: true }).catch(unreadable)
  const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort()
  const lines = names.slice(0, LISTED_ENTRIES).map((name) => describe(shown, name))
  const rest = names.length > lines.length ? [`… and ${names.length - lines.length} more`] : []
  return { ok: true, text: names.length === 0 ? '(empty folder)' : [...lines, ...rest].join('\n') }
}

/** A name with a line break in it would pass for two. */
function describe(folder: string, name: string): string {
  const shown = name.replace(/\p{Cc}/gu, '\ufffd')
  return looksSecret(join(folder, name)) ? `${shown} (looks like a secret)` : shown
}

async function readFile(file: string, context: ToolContext): Promise<ToolOutcome> {
  const handle = await openToRead(file, context)
  try {
    const { size } = await handle.stat()
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(READ_BYTES), 0, READ_BYTES, 0)
    const bytes = buffer.subarray(0, bytesRead)
    const image = describeImage(bytes)
    if (image !== undefined) return { ok: true, text: `(${image}, ${size} bytes)` }
    if (bytes.includes(0)) throw refused('Reading', file, 'it is not a text file', 'Name a text file.')
    const isCut = size > bytesRead
    // A character that the cut went through is left out whole.
    const text = new TextDecoder().decode(bytes, { stream: isCut })
    return { ok: true, text: isCut ? `${text}\n… (${size - bytesRead} more bytes)` : text }
  } finally {
    await handle.close()
  }
}
