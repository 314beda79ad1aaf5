/** The channel contract as code: pure, no input or output. Every line added here is public API. */

export {
  type ChannelCapabilities,
  EXTENSION_VERSION,
  type Feature,
  parseCapabilities,
  renderCapabilities,
  renderExtension,
  sharedFeatures,
} from './capabilities.ts'
export {
  type Entry,
  entryName,
  isEntry,
  type PluginEntry,
  parseEntry,
  renderEntry,
  type ServerEntry,
} from './entry.ts'
export {
  BackchannelError,
  type BackchannelErrorOptions,
  ERROR_CODES,
  type ErrorCode,
  renderError,
  toError,
} from './errors.ts'
export { createLineSplitter, type LineHandlers, type LineSplitter } from './lines.ts'
export {
  CAPABILITIES,
  EXTENSION_METHODS,
  LEGACY_REVISIONS,
  METHODS,
} from './methods.ts'
export { nearest } from './nearest.ts'
export {
  DROP_REASONS,
  type DropReason,
  REFUSAL_REASONS,
  type RefusalReason,
} from './reasons.ts'
export { isRecord } from './record.ts'
export { createRequestId, REQUEST_ID_PATTERN } from './request-id.ts'
export {
  attributeKeys,
  escapeAttribute,
  escapeBody,
  META_KEY_PATTERN,
  renderTag,
  renderTags,
  type TaggedEvent,
} from './tag.ts'
export { renderToolName, renderToolSegment, sourceName, toolPrefix } from './tool-name.ts'
export { type Behavior, parseVerdict, type TypedVerdict } from './verdict.ts'
export {
  type AccessRequest,
  type AccessResult,
  type CompletionChoice,
  type CompletionRequest,
  type ConfigureRequest,
  parseAccessRequest,
  parseAccessResult,
  parseCompletionRequest,
  parseCompletionResult,
  parseConfigureRequest,
  renderAccessRequest,
  renderAccessResult,
  renderCompletionRequest,
  renderCompletionResult,
  renderConfigureRequest,
} from './wire/access.ts'
export {
  type Control,
  type ControlAction,
  type ControlResult,
  parseControl,
  parseControlResult,
  renderControl,
  renderControlResult,
} from './wire/control.ts'
export {
  type ChannelEvent,
  type EventParams,
  parseEvent,
  renderEvent,
} from './wire/event.ts'
export type { Origin } from './wire/origin.ts'
export {
  type PermissionOutcome,
  type PermissionRequest,
  type PermissionResolved,
  type PermissionVerdict,
  parsePermissionRequest,
  parsePermissionResolved,
  parsePermissionVerdict,
  renderPermissionRequest,
  renderPermissionResolved,
  renderPermissionVerdict,
} from './wire/permission.ts'
export {
  type Answer,
  type Choice,
  parseAnswer,
  parseQuestion,
  parseQuestionResolved,
  type Question,
  type QuestionOutcome,
  type QuestionResolved,
  renderAnswer,
  renderQuestion,
  renderQuestionResolved,
} from './wire/question.ts'
export type { Read } from './wire/read.ts'
export {
  parseReceipt,
  parseRegistration,
  type Receipt,
  type ReceiptState,
  type Registration,
  type RegistrationState,
  renderReceipt,
  renderRegistration,
} from './wire/receipt.ts'
