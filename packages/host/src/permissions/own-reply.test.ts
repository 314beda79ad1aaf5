/** What a channel's tool may do with nobody asked: a reply to the turn's own chat, and nothing else. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { QueuedEvent } from '../channels/queue.ts'
import { checkOwnReply } from './own-reply.ts'

const reply = { name: 'mcp__chat__reply', source: 'chat', tool: 'reply' }

function event(meta: Record<string, string>, source = 'chat'): QueuedEvent {
  return { source, content: '', meta, eventId: 'e', chat: meta['chat_id'] ?? '' }
}

const turn = [event({ chat_id: '7', message_id: 'm1', thread: 't' }), event({ chat_id: '7', message_id: 'm2' })]

function check(
  input: Record<string, unknown>,
  tool = reply,
  events: readonly QueuedEvent[] = turn,
): string | undefined {
  return checkOwnReply(tool, input, events, (file) => file.startsWith('/project/'))
}

describe('free', () => {
  test.each([
    [{ text: 'hi' }],
    [{ text: 'hi', chat_id: '7' }],
    [{ text: 'hi', chat_id: '7', reply_to: 'm2', message_id: 'm1', thread: 't' }],
    [{ text: 'hi', files: [], chat_id: undefined, reply_to: null }],
    [{ text: 'hi', files: ['/project/a.png', '/project/b.png'] }],
    [{}],
  ])('%j', (input) => {
    expect(check(input)).toBeUndefined()
  })
})

describe('needs an approval', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['another chat', { text: 'hi', chat_id: '8' }, 'a reply to another chat'],
    ['a chat of another type', { text: 'hi', chat_id: 7 }, 'a reply to another chat'],
    ['several chats', { text: 'hi', chat_id: ['7'] }, 'a reply to another chat'],
    ['an attachment from elsewhere', { text: 'hi', files: ['/etc/passwd'] }, 'an attachment'],
    ['one of several from elsewhere', { text: 'hi', files: ['/project/a', '/etc/passwd'] }, 'an attachment'],
    ['an attachment as text', { text: 'hi', files: '/project/a' }, 'an attachment'],
    ['an attachment that is relative', { text: 'hi', files: ['a.png'] }, 'an attachment'],
    ['a quote of a message that is not in the turn', { text: 'hi', reply_to: 'm3' }, 'a reply with "reply_to"'],
    ['anything else', { text: 'hi', path: 'secret' }, 'a reply with "path"'],
    ['a key of a prototype', JSON.parse('{"__proto__":"x"}'), 'a reply with "__proto__"'],
  ])('%s', (_, input, why) => {
    expect(check(input)).toBe(`${why} needs an approval`)
  })

  test('another tool, another source, or a turn of the operator', () => {
    const needed = expect.stringContaining('needs an approval')
    expect(check({}, { ...reply, tool: 'delete' })).toEqual(needed)
    expect(check({}, { ...reply, source: 'other' })).toEqual(needed)
    expect(check({ text: 'hi' }, reply, [])).toEqual(needed)
    expect(check({ text: 'hi' }, reply, [event({}, 'other')])).toEqual(needed)
  })
})

test('no value that the turn did not bring gets through beside the text', () => {
  const value = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.integer(),
    fc.array(fc.string(), { minLength: 1 }),
    fc.object(),
  )
  fc.assert(
    fc.property(fc.string(), value, (key, given) => {
      const isFree = check({ [key]: given }, reply, [event({ chat_id: 'the chat' })]) === undefined
      expect(isFree).toBe(key === 'text' || (key === 'chat_id' && given === 'the chat'))
    }),
  )
})
