/** The sessions that share an account, in its chats: the commands and buttons that choose one, and what people are told of them. */
import { type ChoicesOptions, createChoices } from './choices.ts'
import { createSessionCommands, type SessionCommands, type SessionCommandsOptions } from './session-commands.ts'
import { createSessionNews, type SessionNews, type SessionNewsOptions } from './session-news.ts'

export type ChatSessionsOptions = ChoicesOptions &
  Omit<SessionCommandsOptions, 'choices'> &
  Omit<SessionNewsOptions, 'choices'>

export interface ChatSessions extends SessionCommands, SessionNews {}

export function createChatSessions(options: ChatSessionsOptions): ChatSessions {
  const choices = createChoices(options)
  return { ...createSessionCommands({ ...options, choices }), ...createSessionNews({ ...options, choices }) }
}
