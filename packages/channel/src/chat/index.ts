/** The chat kit: what every channel on a chat platform shares, and the interface that a platform implements. */

export { type ChatChannelSettings, defineChatChannel } from './define-chat-channel.ts'
export { createLanes, type Lanes } from './inbound/lanes.ts'
export type * from './platform/connection.ts'
export { describeHealth, type Health, isFinal } from './platform/health.ts'
export type * from './platform/inbound.ts'
export type * from './platform/limits.ts'
export type * from './platform/platform.ts'
export { PlatformError, type PlatformErrorKind, type PlatformErrorOptions } from './platform/platform-error.ts'
export { type Entity, type EntityKind, plainText, type RichText } from './platform/rich-text.ts'
export { type Transcribe, transcribeByCommand } from './voice.ts'
