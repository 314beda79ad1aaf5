/** An ACP agent for tests: the double, the context and the turns it is given, and everything it told. */
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { createAcpAgent } from '../agents/acp/agent.ts'
import type {
  Agent,
  AgentAnswer,
  AgentContext,
  AgentOptions,
  AgentQuestion,
  AgentReport,
  AgentTurn,
  ChannelTool,
  PlanVerdict,
  ToolPermission,
  ToolPermissionRequest,
} from '../agents/agent.ts'
import type { QueuedEvent } from '../channels/queue.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export const BRIDGE: readonly string[] = [process.execPath, here('../agents/bridge/program.ts')]

export function doubleCommand(...flags: readonly string[]): string {
  return [process.execPath, here('acp-double/program.ts'), ...flags].map((word) => `'${word}'`).join(' ')
}

export interface TestTurn {
  readonly said: readonly string[]
  readonly calls: readonly (readonly [name: string, input: unknown])[]
  readonly shown: readonly object[]
  readonly asked: readonly (ToolPermissionRequest | AgentQuestion | string)[]
}

export interface TurnAnswers {
  permit?(request: ToolPermissionRequest, signal: AbortSignal): Promise<ToolPermission>
  answer?(question: AgentQuestion): AgentAnswer | undefined
  plan?: PlanVerdict
  events?: readonly QueuedEvent[]
  signal?: AbortSignal
}

export interface AcpTest {
  readonly agent: Agent
  readonly reports: AgentReport[]
  /** May be changed. */
  readonly tools: ChannelTool[]
  start(options?: Partial<AgentOptions>): Promise<void>
  /** Runs a turn to its end; `seen` fills meanwhile. */
  run(input: string, answers?: TurnAnswers, seen?: TestTurn): Promise<TestTurn>
}

export function createEvent(content: string, meta: Readonly<Record<string, string>> = {}): QueuedEvent {
  return { source: 'chat', content, meta, eventId: 'e1', chat: meta['chat_id'] ?? '' }
}

export function emptyTurn(): TestTurn {
  return { said: [], calls: [], shown: [], asked: [] }
}

/** @param finished takes what ends it: of one test, unless it is told another */
export function createAcpTest(
  flags: readonly string[] = [],
  given: object = {},
  finished: (end: () => Promise<void>) => void = onTestFinished,
): AcpTest {
  const agent = createAcpAgent({ command: doubleCommand(...flags), bridge: BRIDGE, ...given })
  finished(() => agent.close())
  const reports: AgentReport[] = []
  const reply: ChannelTool = {
    name: 'mcp__plugin_chat_chat__reply',
    description: 'Replies.',
    inputSchema: { type: 'object', properties: { chat_id: { type: 'string' }, text: { type: 'string' } } },
    source: 'chat',
    tool: 'reply',
  }
  const tools = [reply]
  let turns = 0
  return {
    agent,
    reports,
    tools,
    async start(options = {}) {
      const context: AgentContext = {
        cwd: process.cwd(),
        options: {
          permissionMode: 'default',
          settingSources: ['user'],
          env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' },
          ...options,
        },
        tools: () => tools,
        channelTools: () => tools,
        channelTool: () => reply,
        instructions: () => 'Answer with the reply tool.',
        report: (report) => void reports.push(report),
      }
      await agent.start(context)
    },
    async run(input, answers = {}, seen = emptyTurn()) {
      turns += 1
      const turn = createTurn(turns, input, answers, seen)
      await agent.run(turn, answers.signal ?? new AbortController().signal)
      return seen
    },
  }
}

function createTurn(number: number, input: string, answers: TurnAnswers, seen: TestTurn): AgentTurn {
  const add = <Item>(list: readonly Item[], item: Item) => void (list as Item[]).push(item)
  const { permit = async ({ input: same }) => ({ behavior: 'allow', input: same }) } = answers
  return {
    number,
    input,
    events: answers.events ?? [],
    say: (text) => add(seen.said, text),
    async callTool(name, parameters) {
      add(seen.calls, [name, parameters] as const)
      return { ok: true, text: 'sent' }
    },
    async requestPermission(request, signal) {
      add(seen.asked, request)
      return await permit(request, signal)
    },
    judgeTool: () => ({ behavior: 'allow', message: '' }),
    toolCalled: (call) => add(seen.shown, call),
    toolFinished: (result) => add(seen.shown, result),
    async ask(question) {
      add(seen.asked, question)
      return answers.answer?.(question)
    },
    async approvePlan(plan) {
      add(seen.asked, plan)
      return answers.plan ?? { approved: false, feedback: 'not this one' }
    },
  }
}
