/** The host: what starts and runs a session. Every line added here is public API. */

export type { Agent, AgentContext, AgentTool, AgentTurn, ToolOutcome } from './agents/agent.ts'
export { createDemoAgent } from './agents/demo.ts'
export { COMMANDS } from './commands/index.ts'
export { mergeEntries, type NamedEntry } from './session/plan.ts'
export { type Prepared, type PrepareOptions, prepareSession } from './session/prepare.ts'
export { type Session, type SessionLimits, type SessionOptions, startSession } from './session/session.ts'
export { type HostPaths, hostPaths } from './settings/paths.ts'
export { readSettings } from './settings/read.ts'
export { EventStream, type Listener, type NoticeLevel, type SessionEvent, type StampedEvent } from './ui/events.ts'
export type { Dialogs, FrontEnd, ServerConsent, ServerToConfirm, SessionInput } from './ui/interaction.ts'
export { HOST_VERSION } from './version.ts'
