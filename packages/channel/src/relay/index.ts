/** Prompts for approvers, for channels whose chats show text; `defineChannel` takes the settings made here. */

export type { ControlAction } from '@backchannel/protocol'
export type { GivenAnswer } from './answer.ts'
export { relayByText, type SendText } from './by-text.ts'
export type { OpenQuestion, OpenRequest } from './open-requests.ts'
export { type PromptOptions, renderPrompt, renderResolution } from './prompt.ts'
export { renderAnswered, renderChoices, renderEnd, renderQuestionPrompt } from './question-prompt.ts'
export type { QuestionResolution } from './questions.ts'
export type { RelayHandlers, Resolution } from './relay.ts'
export { showLines, showOnOneLine, showPlainly } from './show.ts'
