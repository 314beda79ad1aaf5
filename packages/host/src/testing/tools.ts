/** Calls of the host's own tools for tests, past every decision. */
import { dirname, join } from 'node:path'
import type { ToolOutcome } from '../agents/agent.ts'
import { BUILT_IN_TOOLS } from '../tools/built-in.ts'
import type { BuiltInTool, ToolContext, ToolInput } from '../tools/tool.ts'

export function findTool(name: string): BuiltInTool {
  const tool = BUILT_IN_TOOLS.find((candidate) => candidate.name === name)
  if (!tool) throw new Error(`There is no tool ${name}`)
  return tool
}

/** Checked, then run, as a session does it once the call is allowed. */
export async function callTool(
  name: string,
  input: ToolInput,
  context: Partial<ToolContext> & { readonly cwd: string },
): Promise<ToolOutcome> {
  const tool = findTool(name)
  tool.check(input)
  const signal = new AbortController().signal
  return await tool.run(input, {
    ...{ home: join(dirname(context.cwd), 'home'), env: process.env, platform: process.platform, signal },
    ...context,
  })
}
