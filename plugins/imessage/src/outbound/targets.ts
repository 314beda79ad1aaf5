/**
 * What a chat is called in AppleScript. The database has ids such as `any;-;+15550100`, some of which `chat id` does not
 * know; which of the forms it knows shows only when one is tried, and one that it does not know sends nothing.
 */
import type { ChatRow } from '../database/chats.ts'

export interface Target {
  readonly by: 'chat' | 'address'
  readonly id: string
}

export function targetsOf({ guid, identifier, isGroup, service }: ChatRow): readonly Target[] {
  const ids = [guid, `${service || 'iMessage'};${isGroup ? '+' : '-'};${identifier}`]
  const chats = [...new Set(ids)].map((id): Target => ({ by: 'chat', id }))
  // An address reaches a person over iMessage alone; a group has none.
  return isGroup || service !== 'iMessage' ? chats : [...chats, { by: 'address', id: identifier }]
}
