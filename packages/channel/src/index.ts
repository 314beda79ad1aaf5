/** The kit: define a channel, serve it over stdio. Every line added here is public API. */

export { BackchannelError, type Receipt, type ReceiptState } from '@backchannel/protocol'
export type { ChannelCommand, CommandIo } from './commands/command.ts'
export type { ChannelReport } from './commands/doctor.ts'
export { readSecretInput } from './commands/secret-input.ts'
export type { ConfigureSettings, SecretSetting } from './configure/settings.ts'
export {
  type ChannelContext,
  type ChannelDefinition,
  defineChannel,
  defineTool,
  type Emit,
  type Emitted,
  type JournalSettings,
  type OutgoingEvent,
  type QuestionSettings,
  type RelaySettings,
  type Stop,
  type Tool,
  type ToolContext,
  type ToolDefinition,
} from './define.ts'
export type { Memory } from './journal/memory.ts'
export type { NewTask, Task, Tasks } from './journal/tasks.ts'
export { createLog, type Log } from './log.ts'
export type { ControlOutcome } from './relay/control.ts'
export type { OpenQuestion, OpenRequest } from './relay/open-requests.ts'
export type { AnswerResult, QuestionResolution, SenderAnswer } from './relay/questions.ts'
export type { Relay, Resolution, SenderVerdict, VerdictResult } from './relay/relay.ts'
export { serve } from './serve.ts'
export { ensureDirectory } from './state/directory.ts'
export { stateDirectory } from './state/location.ts'
export type { Schema, Value } from './tools/schema.ts'
