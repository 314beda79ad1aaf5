/** Commands of the chat and of the platform: those who are let in learn where they stand, and a stranger nothing. */
import { expect, it } from 'vitest'
import { createChatCommands } from './commands.ts'

const told: string[] = []
const commands = createChatCommands({
  source: 'lines',
  title: 'Lines',
  tell: (_, text) => void told.push(text),
  isApprover: async (sender) => sender === 'owner',
  hasControl: false,
  mayReach: async ({ chat, parent, sender }) => chat === 'group' || parent === 'group' || sender === 'owner',
})
const call = (name: string, id: string, chat: object) =>
  commands.called({ name, sender: { id, isBot: false }, chat: { id: 'd', kind: 'direct', ...chat } })

it('answers a command of the platform in the words of the typed one', async () => {
  expect(await call('status', 'owner', {})).toMatch(/^Paired: .*You may approve/)
  expect(await call('status', 'guest', { id: 'group', kind: 'group' })).toMatch(/You may not approve/)
  expect(await call('help', 'guest', { id: 'thread', kind: 'group', parentId: 'group' })).not.toMatch(/press a button/)
  expect(await call('status', 'stranger', {})).toBeUndefined()
  // In a group the sender is no place to be reached at.
  expect(await call('status', 'owner', { id: 'other', kind: 'group' })).toBeUndefined()
  for (const name of ['toString', '__proto__', 'nothing', '']) expect(await call(name, 'owner', {})).toBeUndefined()
  expect(await call('stop', 'guest', { id: 'group', kind: 'group' })).toBe('/stop is for approvers.')
  expect(await call('stop', 'owner', {})).toBe('This session takes no /stop from chats.')
  expect(await call('stop', 'stranger', {})).toBeUndefined()
  const typed = {
    deliveryId: '1',
    chat: { id: 'd', kind: 'direct' as const },
    sender: { id: 'owner', isBot: false },
    id: '1',
    text: '/status',
    ts: 0,
    attachments: [],
    mentionsMe: false,
    edited: false,
  }
  expect(await commands.typed(typed)).toBe(true)
  expect(told).toEqual([await call('status', 'owner', {})])
})
