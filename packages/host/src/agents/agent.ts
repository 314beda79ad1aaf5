/** What a session needs of an agent: take a turn, say things, call tools through the host. */
import type { QueuedEvent } from '../channels/queue.ts'

export interface AgentTool {
  /** As the agent calls it: `Read`, `mcp__plugin_fakechat_fakechat__reply`. */
  readonly name: string
  readonly description: string
  readonly inputSchema: Readonly<Record<string, unknown>>
}

export interface ToolOutcome {
  readonly ok: boolean
  /** What the agent reads. */
  readonly text: string
}

/** What the host gives an agent for the whole session. */
export interface AgentContext {
  readonly cwd: string
  /** The tools of the moment: channels come and go. */
  tools(): readonly AgentTool[]
  /** The name of a channel's tool, if it is there now. */
  channelTool(source: string, tool: string): AgentTool | undefined
  /** Instructions of the registered channels, for the system prompt. */
  instructions(): string
}

/** One turn. Everything in it comes from one chat, or from the operator's terminal. */
export interface AgentTurn {
  readonly number: number
  /** The text for the model, tags included. */
  readonly input: string
  /** The events behind `input`; none for a prompt of the operator. */
  readonly events: readonly QueuedEvent[]
  /** Shows text of the agent in the terminal. */
  say(text: string): void
  /** Runs a tool through the host, which shows it, asks where it must, and answers. Rejects only when the turn ends. */
  callTool(name: string, input: Readonly<Record<string, unknown>>): Promise<ToolOutcome>
}

export interface Agent {
  readonly name: string
  start(context: AgentContext): Promise<void>
  /** Resolves when the turn is complete; a rejection is a failed turn, after which the next one is taken all the same. */
  run(turn: AgentTurn, signal: AbortSignal): Promise<void>
  /** Idempotent. */
  close(): Promise<void>
}
