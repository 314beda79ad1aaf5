/**
 * Of `@anthropic-ai/claude-agent-sdk` exactly what is used here, written down by us: the package is far too large to depend
 * on. Loose on what comes in; the end-to-end suite runs it against the real one.
 */
import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { SettingSource } from '../agent.ts'

export interface ClaudeSdk {
  query(request: { readonly prompt: AsyncIterable<UserMessage>; readonly options: QueryOptions }): Query
}

/** Ends with the process; throws where that ended unasked. */
export interface Query extends AsyncIterable<SdkMessage> {
  interrupt(options?: { readonly cancelQueued?: boolean }): Promise<unknown>
  initializationResult(): Promise<Readonly<Record<string, unknown>>>
  setMcpServers(servers: Readonly<Record<string, SdkServer>>): Promise<unknown>
  close(): void
}

export interface UserMessage {
  readonly type: 'user'
  readonly message: { readonly role: 'user'; readonly content: string }
  readonly parent_tool_use_id: null
  /** Starts a turn of its own. */
  readonly priority: 'later'
  /** The text is content: nothing in it is expanded or run. */
  readonly client_composed?: true
  /** False adds to the conversation without a turn. */
  readonly shouldQuery?: false
  /** Fresh for each offer: a known one is swallowed. */
  readonly uuid: string
}

/** By `type` and `subtype`; every other field is read where it is used. */
export interface SdkMessage {
  readonly type: string
  readonly subtype?: string
  readonly [field: string]: unknown
}

export interface SdkServer {
  readonly type: 'sdk'
  readonly name: string
  readonly instance: Server
}

export type Mode = 'default' | 'acceptEdits' | 'plan' | 'bypassPermissions'

export interface QueryOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly model?: string
  readonly resume?: string
  readonly permissionMode: Mode
  readonly allowDangerouslySkipPermissions?: boolean
  readonly settingSources: readonly SettingSource[]
  readonly settings: Readonly<Record<string, unknown>>
  readonly strictMcpConfig: true
  readonly mcpServers: Readonly<Record<string, SdkServer>>
  readonly disallowedTools: readonly string[]
  readonly systemPrompt: { readonly type: 'preset'; readonly preset: 'claude_code'; readonly append: string }
  readonly promptSuggestions: false
  readonly pathToClaudeCodeExecutable?: string
  readonly canUseTool: CanUseTool
  readonly hooks: { readonly PreToolUse: readonly [{ readonly timeout: number; readonly hooks: readonly [ToolHook] }] }
  stderr(text: string): void
  spawnClaudeCodeProcess(command: SpawnRequest): ChildProcessByStdio<Writable, Readable, Readable>
}

export interface SpawnRequest {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd?: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal
}

export type ToolInput = Readonly<Record<string, unknown>>

export type CanUseTool = (
  tool: string,
  input: ToolInput,
  about: {
    /** Aborts when the question is withdrawn. */
    readonly signal: AbortSignal
    readonly toolUseID: string
    /** `rule` where a rule of the user's own settings asks. */
    readonly decisionReasonType?: string | undefined
  },
) => Promise<ToolAnswer>

export type ToolAnswer =
  | { readonly behavior: 'allow'; readonly updatedInput: ToolInput; readonly updatedPermissions?: readonly object[] }
  | { readonly behavior: 'deny'; readonly message: string }

/** Called before every call of a tool, whatever the mode. */
export type ToolHook = (call: {
  readonly tool_name: string
  readonly tool_input: unknown
  readonly tool_use_id: string
  /** Claude's own mode, which it may have changed. */
  readonly permission_mode?: string
}) => Promise<HookAnswer>

export type HookAnswer =
  | Readonly<Record<string, never>>
  | {
      readonly hookSpecificOutput: {
        readonly hookEventName: 'PreToolUse'
        readonly permissionDecision: 'allow' | 'ask' | 'deny'
        readonly permissionDecisionReason: string
      }
    }
