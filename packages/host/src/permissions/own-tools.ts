/** Tools that agents bring along: which of them touch files, and which touch nothing outside of the conversation. */
import { posix } from 'node:path'

interface PathTool {
  readonly access: 'read' | 'write'
  /** Which argument has the path; the first that is there counts. */
  readonly arguments: readonly string[]
  /** Without any of them. */
  readonly fallback?: string
}

/** The host's own, and those of Claude Code, which ACP agents name alike. */
const PATH_TOOLS: Readonly<Record<string, PathTool>> = {
  Read: { access: 'read', arguments: ['path', 'file_path'] },
  LS: { access: 'read', arguments: ['path'], fallback: '.' },
  Glob: { access: 'read', arguments: ['path'], fallback: '.' },
  Grep: { access: 'read', arguments: ['path'], fallback: '.' },
  Write: { access: 'write', arguments: ['path', 'file_path'] },
  Edit: { access: 'write', arguments: ['path', 'file_path'] },
  MultiEdit: { access: 'write', arguments: ['path', 'file_path'] },
  NotebookEdit: { access: 'write', arguments: ['notebook_path'] },
}

/** Whatever they start or load calls tools of its own, each of which is judged. */
const INWARD: ReadonlySet<string> = new Set([
  ...['Agent', 'Task', 'TaskStop', 'TaskOutput', 'TaskCreate', 'TaskGet', 'TaskList', 'TaskUpdate', 'TodoWrite'],
  ...['ToolSearch', 'EnterPlanMode', 'ListAgents', 'ReportFindings'],
])

export interface ToolPath {
  readonly access: 'read' | 'write'
  readonly path: string
}

export function pathOf(name: string, input: Readonly<Record<string, unknown>>): ToolPath | undefined {
  const tool = Object.hasOwn(PATH_TOOLS, name) ? PATH_TOOLS[name] : undefined
  if (!tool) return undefined
  const named = tool.arguments.map((argument) => input[argument]).find((value) => value !== undefined)
  const given = (name === 'Glob' ? folderOf(input['pattern']) : undefined) ?? named ?? tool.fallback
  return typeof given === 'string' && given !== '' ? { access: tool.access, path: given } : undefined
}

export function isInward(name: string): boolean {
  return INWARD.has(name)
}

/** A pattern may lead out of the folder that is searched: the part of it before the first wildcard. */
function folderOf(pattern: unknown): string | undefined {
  if (typeof pattern !== 'string') return undefined
  const fixed = pattern.split(/[*?[{]/)[0] ?? ''
  if (!posix.isAbsolute(fixed) && !fixed.startsWith('~') && !pattern.split('/').includes('..')) return undefined
  return pattern.split('/').includes('..') && !fixed.includes('..') ? '..' : fixed
}
