/**
 * What a session needs of an agent: take a turn, say things, call tools through the host, ask. The host owns channels, queue
 * and permissions; an agent never starts a channel (docs/agents.md).
 */
import type { QueuedEvent } from '../channels/queue.ts'
import type { PermissionMode } from '../permissions/modes.ts'
import type { NoticeLevel } from '../ui/events.ts'

export interface AgentTool {
  /** As the agent calls it: `Read`, `mcp__plugin_fakechat_fakechat__reply`. */
  readonly name: string
  readonly description: string
  readonly inputSchema: Readonly<Record<string, unknown>>
}

/** A tool of a channel, or of another server of the session. */
export interface ChannelTool extends AgentTool {
  /** The channel it belongs to. */
  readonly source: string
  /** Its name on the wire. */
  readonly tool: string
}

export interface ToolOutcome {
  readonly ok: boolean
  /** What the agent reads. */
  readonly text: string
}

/** What the operator chose for the agent. */
export interface AgentOptions {
  /** Absent: the agent's own default. */
  readonly model?: string
  readonly permissionMode: PermissionMode
  /** The agent's session to go on with, as {@link AgentReport} `session` gave it; the host keeps two processes off one id. */
  readonly resume?: string
  /** Which settings files of the agent's own count, where it has such. */
  readonly settingSources: readonly SettingSource[]
  /** The whole environment of the agent's process: its provider's credentials are in it, secrets of channels are not. */
  readonly env: Readonly<Record<string, string>>
}

export type SettingSource = 'user' | 'project' | 'local'

/** What an agent tells outside of a turn, or across turns. */
export type AgentReport =
  /** The id under which this conversation can be resumed; again whenever it changes. Absent: a new one, which has none yet. */
  | { readonly kind: 'session'; readonly id: string | undefined }
  /** Tokens since the last report. */
  | { readonly kind: 'usage'; readonly inputTokens: number; readonly outputTokens: number }
  /** The agent waits for its provider: a usage limit, an overload, the network. Shown, and told where a chat waits. */
  | {
      readonly kind: 'waiting'
      /** One plain sentence without its full stop: `the usage limit is reached`. */
      readonly reason: string
      /** Milliseconds since 1970 of the next try, where it is known. */
      readonly retryAt?: number
    }
  | { readonly kind: 'notice'; readonly level: NoticeLevel; readonly text: string }
  /** Between turns its process has ended unasked; nothing of it runs any more. The host starts it again. */
  | { readonly kind: 'lost'; readonly reason: string }

/** What the host gives an agent for the whole session. */
export interface AgentContext {
  readonly cwd: string
  readonly options: AgentOptions
  /** The tools of the moment, the host's own among them: channels come and go. */
  tools(): readonly AgentTool[]
  /** Of those, the tools of channels and other servers: what an agent needs that brings tools of its own. */
  channelTools(): readonly ChannelTool[]
  /** The name of a channel's tool, if it is there now. */
  channelTool(source: string, tool: string): AgentTool | undefined
  /** Instructions of the registered channels, for the system prompt. */
  instructions(): string
  report(report: AgentReport): void
}

/** A call of a tool that the agent runs itself, before it runs. */
export interface ToolPermissionRequest {
  /** `Bash`, `Edit`, `WebFetch`; the rules know it by this name. */
  readonly tool: string
  readonly input: Readonly<Record<string, unknown>>
  /** A rule of the agent's own wants a person asked: what the host's rules allow is asked all the same. */
  readonly mustAsk?: boolean
}

/** What the host's rules say of a call before anybody is asked. */
export interface ToolJudgement {
  readonly behavior: 'allow' | 'ask' | 'deny'
  /** In words for the agent: why it is denied, or what needs an approval. */
  readonly message: string
}

/** What runs is `input`, as it was judged and shown. */
export type ToolPermission =
  | { readonly behavior: 'allow'; readonly input: Readonly<Record<string, unknown>> }
  | { readonly behavior: 'deny'; readonly message: string }

/** A call of a tool that the agent runs itself, as it is shown. */
export interface OwnToolCall {
  readonly callId: string
  readonly name: string
  readonly input: unknown
}

export interface OwnToolResult extends ToolOutcome {
  readonly callId: string
}

export interface AgentQuestion {
  readonly text: string
  readonly choices: readonly QuestionChoice[]
  /** More than one choice may be taken. */
  readonly multiple: boolean
  /** An answer in own words is taken too. */
  readonly allowText: boolean
}

export interface QuestionChoice {
  readonly id: string
  readonly label: string
}

export interface AgentAnswer {
  /** Ids of the choices taken. */
  readonly choices: readonly string[]
  /** In own words. */
  readonly text?: string
}

export type PlanVerdict =
  | { readonly approved: true; readonly mode: 'default' | 'acceptEdits' }
  /** What the agent is told. */
  | { readonly approved: false; readonly feedback: string }

/** One turn. Everything in it comes from one chat, or from the operator's terminal. */
export interface AgentTurn {
  readonly number: number
  /** The text for the model, tags included. It is content: nothing in it may be expanded or run. */
  readonly input: string
  /** The events behind `input`; none for a prompt of the operator. */
  readonly events: readonly QueuedEvent[]
  /** Shows text of the agent in the terminal. */
  say(text: string): void
  /** Runs a tool through the host, which shows it, asks where it must, and answers. Rejects only when the turn ends. */
  callTool(name: string, input: Readonly<Record<string, unknown>>): Promise<ToolOutcome>
  /**
   * Whether a tool that the agent runs itself may run: decided by the host's rules, asked where it must be, recorded.
   * Rejects only when the turn ends or `signal` aborts, which withdraws the request.
   */
  requestPermission(request: ToolPermissionRequest, signal: AbortSignal): Promise<ToolPermission>
  /** The rules alone, at once, for an agent that is to be asked about every call of its own; an allow or a denial is recorded. */
  judgeTool(request: ToolPermissionRequest): ToolJudgement
  /** Shows a call that the agent runs itself; each is finished once, by the end of the turn at the latest. */
  toolCalled(call: OwnToolCall): void
  toolFinished(result: OwnToolResult): void
  /**
   * Asks the person behind the turn.
   * @returns `undefined` where nobody answers or somebody declines. Rejects as {@link requestPermission} does.
   */
  ask(question: AgentQuestion, signal: AbortSignal): Promise<AgentAnswer | undefined>
  /** In mode `plan`: asks whether the plan may be carried out. A yes changes the mode of the session. Rejects as `ask` does. */
  approvePlan(plan: string, signal: AbortSignal): Promise<PlanVerdict>
}

/** What an agent says of itself, as far as it knows. */
export interface AgentStatus {
  readonly model?: string
  /** What it works on, in a few words. */
  readonly doing?: string
  /** Tokens of the conversation that the model reads at each turn. */
  readonly contextTokens?: number
}

export interface Agent {
  readonly name: string
  /**
   * Called once, and again after each loss of the agent's process, then with `options.resume` where a session was reported.
   * @throws BackchannelError `agent-unavailable`, with what is missing
   */
  start(context: AgentContext): Promise<void>
  /**
   * Resolves when the turn is complete; a rejection is a failed turn, after which the next one is taken all the same. Called
   * for one turn at a time. When `signal` aborts, it stops and rejects.
   * @throws BackchannelError `agent-lost` where the process has ended in the middle, once nothing of it runs any more: the
   * host starts the agent again and offers the events of this turn once more
   */
  run(turn: AgentTurn, signal: AbortSignal): Promise<void>
  /** Forgets the conversation. Called between turns. */
  clear?(): Promise<void>
  /** Puts a summary in the place of the conversation. Called between turns. */
  compact?(signal: AbortSignal): Promise<void>
  /** At any time, in a turn too. */
  status?(): Promise<AgentStatus>
  /** Nothing of the agent runs afterwards, children included. Idempotent. */
  close(): Promise<void>
}
