/** The tools of a channel as MCP serves them: list, call, cancel. */
import { isRecord, renderError } from '@backchannel/protocol'
import type { Tool } from '../define.ts'
import type { Log } from '../log.ts'
import type { RequestId } from '../rpc/messages.ts'
import { findProblem } from './arguments.ts'

export interface ToolResult {
  readonly content: readonly [{ readonly type: 'text'; readonly text: string }]
  readonly isError?: true
}

export interface ToolBox {
  readonly any: boolean
  list(): readonly object[]
  /** Never rejects: every failure is a result marked `isError`. `undefined` after a cancellation. */
  call(id: RequestId, name: string, input: unknown): Promise<ToolResult | undefined>
  /** `notifications/cancelled`. */
  cancel(params: unknown): void
}

/**
 * @param signal ends every running call when the session ends
 * @param ready what a call waits for: a channel that is being registered starts first
 */
export function createToolBox(
  tools: readonly Tool[],
  log: Log,
  signal: AbortSignal,
  called: (tool: string) => void = () => {},
  ready: () => Promise<void> | undefined = () => undefined,
): ToolBox {
  const byName = new Map(tools.map((tool) => [tool.name, tool]))
  const running = new Map<RequestId, AbortController>()
  signal.addEventListener('abort', () => {
    for (const controller of running.values()) controller.abort(signal.reason)
  })

  const run = async (tool: Tool, input: unknown, signal: AbortSignal): Promise<ToolResult> => {
    const problem = await findProblem(tool.input, input)
    if (problem !== undefined) return failure(`${tool.name} failed: ${problem}`)
    await ready()
    signal.throwIfAborted()
    const text: unknown = await tool.run(input, { log, signal })
    if (typeof text === 'string') return { content: [{ type: 'text', text }] }
    return failure(`${tool.name} failed: it returned a value of type ${typeof text}, and the agent takes text only`)
  }

  return {
    any: tools.length > 0,
    list: () => tools.map(({ name, description, input }) => ({ name, description, inputSchema: input })),
    async call(id, name, input) {
      const tool = byName.get(name)
      if (!tool) return failure(`unknown tool: ${name.slice(0, 80)}; this channel has ${[...byName.keys()].join(', ')}`)
      const controller = new AbortController()
      running.set(id, controller)
      try {
        const result = await run(tool, input, controller.signal)
        if (!result.isError) called(name)
        return controller.signal.aborted ? undefined : result
      } catch (thrown) {
        return controller.signal.aborted ? undefined : failure(`${name} failed: ${renderError(thrown)}`)
      } finally {
        if (running.get(id) === controller) running.delete(id)
      }
    },
    cancel(params) {
      const id = isRecord(params) ? params['requestId'] : undefined
      if (typeof id === 'string' || typeof id === 'number') running.get(id)?.abort()
    },
  }
}

function failure(text: string): ToolResult {
  return { content: [{ type: 'text', text }], isError: true }
}
