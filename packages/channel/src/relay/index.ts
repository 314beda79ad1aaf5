/** Prompts for approvers, for channels whose chats show text; `defineChannel` takes the settings made here. */

export { relayByText, type SendText } from './by-text.ts'
export type { OpenRequest } from './open-requests.ts'
export { type PromptOptions, renderPrompt, renderResolution } from './prompt.ts'
export type { RelayHandlers, Resolution } from './relay.ts'
export { showOnOneLine, showPlainly } from './show.ts'
