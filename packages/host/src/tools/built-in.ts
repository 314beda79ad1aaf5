/** The host's own tools, for an agent that brings none. */
import { BASH_TOOL } from './bash.ts'
import { LIST_TOOL, READ_TOOL } from './read.ts'
import type { BuiltInTool } from './tool.ts'
import { EDIT_TOOL, WRITE_TOOL } from './write.ts'

export const BUILT_IN_TOOLS: readonly BuiltInTool[] = [LIST_TOOL, READ_TOOL, WRITE_TOOL, EDIT_TOOL, BASH_TOOL]
