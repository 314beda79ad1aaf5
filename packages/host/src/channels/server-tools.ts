/** The tools of a connected server: listed loosely, page by page, and called with words for everything that can fail. */
import { isRecord, renderToolSegment, toError } from '@backchannel/protocol'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import {
  ErrorCode,
  McpError,
  ResultSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import type { ToolOutcome } from '../agents/agent.ts'
import { quote } from '../text/quote.ts'
import { createLimiter } from './limiter.ts'

export interface ServerTool {
  readonly name: string
  readonly description: string
  readonly inputSchema: Readonly<Record<string, unknown>>
}

export interface ServerTools {
  readonly list: readonly ServerTool[]
  /** Lists them anew; calls while it runs become one further listing. Never rejects: a failure is a problem told. */
  load(): Promise<void>
  /** Never rejects: a failure is an outcome that is not `ok`. */
  call(name: string, input: unknown, signal: AbortSignal): Promise<ToolOutcome>
  /** An answer that can't be read was among what came: no call may wait for it. */
  failCalls(why: string): void
}

export interface ServerToolsOptions {
  readonly client: Client
  /** For each page of a listing, in milliseconds. */
  readonly listTimeoutMs: number
  /** Says what was passed over. */
  problem(message: string): void
}

/** A tool call may take long: an approval by phone, an upload. Cancelled with the turn. */
const CALL_LIMIT_MS = 24 * 60 * 60 * 1000
/** A server whose list goes on for ever is cut off. */
const MOST_PAGES = 50
const MOST_TOOLS = 1_000

export function createServerTools(options: ServerToolsOptions): ServerTools {
  const { client, problem } = options
  const calls = new Set<AbortController>()
  // A server that announces a change with each listing would keep us listing.
  const limiter = createLimiter({ perSecond: 1, burst: 20 })
  let list: readonly ServerTool[] = []
  let loading: Promise<void> | undefined
  let again = false

  const load = async () => {
    do {
      again = false
      try {
        list = await listTools(options)
      } catch (thrown) {
        // That the server has ended is told by its end.
        if (!isClosed(thrown)) problem(`its tools could not be listed: ${words(thrown)}`)
      }
    } while (again && limiter.take())
    loading = undefined
  }
  const tools: ServerTools = {
    get list() {
      return list
    },
    async load() {
      if (!client.getServerCapabilities()?.tools) return
      again = true
      loading ??= load()
      await loading
    },
    async call(name, input, signal) {
      // One of our own for each call: the SDK cancels on abort whatever a signal was ever used for, answered or not.
      const call = new AbortController()
      const abort = () => call.abort(new Error('The call was cancelled.'))
      signal.addEventListener('abort', abort, { once: true })
      if (signal.aborted) abort()
      calls.add(call)
      try {
        const params = { name, arguments: isRecord(input) ? input : {} }
        const request = { method: 'tools/call', params }
        const result = await client.request(request, ResultSchema, { signal: call.signal, timeout: CALL_LIMIT_MS })
        return { ok: result['isError'] !== true, text: readText(result) }
      } catch (thrown) {
        return { ok: false, text: call.signal.aborted ? toError(call.signal.reason).message : words(thrown) }
      } finally {
        calls.delete(call)
        signal.removeEventListener('abort', abort)
      }
    },
    failCalls(why) {
      for (const call of calls) call.abort(new Error(why))
    },
  }
  client.setNotificationHandler(ToolListChangedNotificationSchema, async () => {
    if (limiter.take()) await tools.load()
  })
  return tools
}

async function listTools({ client, listTimeoutMs, problem }: ServerToolsOptions): Promise<readonly ServerTool[]> {
  const found = new Map<string, ServerTool>()
  const passedOver = new Set<string>()
  let cursor: unknown
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const params = cursor === undefined ? {} : { cursor }
    const result = await client.request({ method: 'tools/list', params }, ResultSchema, { timeout: listTimeoutMs })
    const listed = Array.isArray(result['tools']) ? result['tools'] : []
    for (const item of listed) {
      const tool = readTool(item)
      if (tool === undefined) passedOver.add('one without a name')
      else if (found.has(renderToolSegment(tool.name))) passedOver.add(`another ${quote(tool.name)}`)
      else if (found.size < MOST_TOOLS) found.set(renderToolSegment(tool.name), tool)
      else passedOver.add(`all after the first ${MOST_TOOLS}`)
    }
    cursor = result['nextCursor']
    if (typeof cursor !== 'string') break
    if (page + 1 === MOST_PAGES) passedOver.add(`all after ${MOST_PAGES} pages`)
  }
  if (passedOver.size > 0) problem(`of its tools, some were passed over: ${[...passedOver].slice(0, 5).join(', ')}`)
  return [...found.values()]
}

/** Loose: a tool needs a name, the rest has defaults. */
function readTool(item: unknown): ServerTool | undefined {
  if (!isRecord(item)) return undefined
  const { name, description, inputSchema } = item
  if (typeof name !== 'string' || name === '') return undefined
  return {
    name,
    description: typeof description === 'string' ? description : '',
    inputSchema: isRecord(inputSchema) ? inputSchema : { type: 'object' },
  }
}

/** Text blocks as they are, others by their kind; structured content where there are no blocks. */
function readText({ content, structuredContent }: Readonly<Record<string, unknown>>): string {
  const blocks = Array.isArray(content) ? content.filter(isRecord) : []
  if (blocks.length === 0 && structuredContent !== undefined) return JSON.stringify(structuredContent)
  return blocks
    .map(({ type, text }) => (typeof text === 'string' ? text : `(${typeof type === 'string' ? type : 'block'})`))
    .join('\n')
}

function words(thrown: unknown): string {
  return isClosed(thrown) ? 'The server ended before it answered.' : toError(thrown).message
}

function isClosed(thrown: unknown): boolean {
  return thrown instanceof McpError && thrown.code === ErrorCode.ConnectionClosed
}
