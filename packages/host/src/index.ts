/** The host: what starts, runs and shows a session. Every line added here is public API. */

export type {
  Agent,
  AgentAnswer,
  AgentContext,
  AgentOptions,
  AgentQuestion,
  AgentReport,
  AgentStatus,
  AgentTool,
  AgentTurn,
  ChannelTool,
  SettingSource,
  ToolOutcome,
  ToolPermission,
} from './agents/agent.ts'
export { createDemoAgent } from './agents/demo.ts'
export { COMMANDS } from './commands/index.ts'
export { createDebugFile, type DebugFile } from './debug/debug-file.ts'
export { type Consent, type Consents, createConsents } from './mcp/consents.ts'
export { createTrustedFolders, type TrustedFolder, type TrustedFolders } from './mcp/trusted-folders.ts'
export {
  BYPASS_WARNING,
  mayBypass,
  PERMISSION_MODES,
  type PermissionMode,
  type Surroundings,
} from './permissions/modes.ts'
export type { PermissionOptions } from './permissions/session-permissions.ts'
export { createCatalog } from './plugins/catalog.ts'
export { type Conversations, createConversations } from './session/conversations.ts'
export { mergeEntries, type NamedEntry } from './session/plan.ts'
export { type Prepared, type PrepareOptions, prepareSession } from './session/prepare.ts'
export { type Session, type SessionLimits, type SessionOptions, startSession } from './session/session.ts'
export { askTrust, isTrusted, type TrustOptions, type TrustResult } from './session/trust.ts'
export { type HostPaths, hostPaths } from './settings/paths.ts'
export { readSettings } from './settings/read.ts'
export { EventStream, type Listener, type NoticeLevel, type SessionEvent, type StampedEvent } from './ui/events.ts'
export { readStreamJson } from './ui/input/stream-json.ts'
export type {
  Dialogs,
  FolderToConfirm,
  FrontEnd,
  ServerConsent,
  ServerToConfirm,
  SessionInput,
} from './ui/interaction.ts'
export { createJsonRenderer } from './ui/json.ts'
export { createPlainRenderer } from './ui/plain.ts'
export { createResultRenderer } from './ui/result.ts'
export { supportsTerminal } from './ui/terminal-support.ts'
export { HOST_VERSION } from './version.ts'
