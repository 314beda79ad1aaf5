/** The tools that change files: one writes a file whole, one replaces a piece of it. */
import type { FileHandle } from 'node:fs/promises'
import type { ToolOutcome } from '../agents/agent.ts'
import { explain, openToWrite, refused } from './files.ts'
import { type BuiltInTool, invalid, type ToolContext, type ToolInput, textArgument } from './tool.ts'

/** The largest file that is written or edited, in bytes. */
const MOST_BYTES = 10 * 1024 * 1024

const path = { type: 'string', description: 'A path; a relative one counts from the folder of the session.' }

export const WRITE_TOOL: BuiltInTool = {
  name: 'Write',
  description: 'Writes a text file whole: makes it, and the folders on the way, or replaces what is in it.',
  inputSchema: {
    type: 'object',
    properties: { path, content: { type: 'string', description: 'Everything that the file holds afterwards.' } },
    required: ['path', 'content'],
  },
  check: (input) => void [textArgument(input, 'path'), contentOf(input, 'content')],
  describeCall: () => 'Write a file',
  run: (input, context) => writeFile(textArgument(input, 'path'), contentOf(input, 'content'), context),
}

export const EDIT_TOOL: BuiltInTool = {
  name: 'Edit',
  description: 'Replaces a piece of a text file. The piece must be in it exactly once.',
  inputSchema: {
    type: 'object',
    properties: {
      path,
      old_string: { type: 'string', description: 'The piece, exactly as it is in the file.' },
      new_string: { type: 'string', description: 'What takes its place; empty to remove it.' },
    },
    required: ['path', 'old_string', 'new_string'],
  },
  check(input) {
    textArgument(input, 'path')
    if (textArgument(input, 'old_string') === contentOf(input, 'new_string'))
      throw invalid('"new_string": it is the same as old_string.')
  },
  describeCall: () => 'Change a part of a file',
  run: (input, context) =>
    editFile(textArgument(input, 'path'), textArgument(input, 'old_string'), contentOf(input, 'new_string'), context),
}

async function writeFile(path: string, content: string, context: ToolContext): Promise<ToolOutcome> {
  const handle = await openToWrite(path, true, context)
  try {
    const { size } = await handle.stat()
    const bytes = await replace(path, handle, content)
    return { ok: true, text: `${size > 0 ? 'Replaced' : 'Wrote'} ${path} (${bytes} bytes).` }
  } finally {
    await handle.close()
  }
}

async function editFile(path: string, from: string, to: string, context: ToolContext): Promise<ToolOutcome> {
  const handle = await openToWrite(path, false, context)
  try {
    const text = await readText(path, handle)
    const at = text.indexOf(from)
    if (at === -1)
      throw refused('Writing', path, 'old_string is not in it', 'Read the file, and copy the piece exactly.')
    if (text.indexOf(from, at + 1) !== -1)
      throw refused('Writing', path, 'old_string is in it more than once', 'Take more of the lines around it.')
    await replace(path, handle, text.slice(0, at) + to + text.slice(at + from.length))
    return { ok: true, text: `Changed ${path}, line ${text.slice(0, at).split('\n').length}.` }
  } finally {
    await handle.close()
  }
}

async function readText(path: string, handle: FileHandle): Promise<string> {
  const { size } = await handle.stat()
  if (size > MOST_BYTES) throw refused('Writing', path, 'it is larger than 10 MiB', 'Edit it with a command.')
  const bytes = await handle.readFile()
  try {
    if (bytes.includes(0)) throw new TypeError('binary')
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw refused('Writing', path, 'it is not UTF-8 text', 'Edit it with a command.')
  }
}

/** In place, so that the file keeps its mode and its links. */
async function replace(path: string, handle: FileHandle, content: string): Promise<number> {
  const bytes = Buffer.from(content, 'utf8')
  try {
    for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at, bytes.length - at, at)).bytesWritten
    await handle.truncate(bytes.length)
    return bytes.length
  } catch (thrown) {
    throw refused('Writing', path, explain(thrown))
  }
}

function contentOf(input: ToolInput, name: string): string {
  const value = input[name]
  if (typeof value !== 'string') throw invalid(`"${name}": expected a string, got ${typeof value}.`)
  if (Buffer.byteLength(value) > MOST_BYTES) throw invalid(`"${name}": expected at most 10 MiB.`)
  return value
}
