/** What a channel's tool may do with nobody asked: a reply to the turn's own chat, and nothing else. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { QueuedEvent } from '../channels/queue.ts'
import { decideChannelCall } from './permission-gate.ts'

const reply = { name: 'mcp__chat__reply', source: 'chat', tool: 'reply' }

function event(meta: Record<string, string>, source = 'chat'): QueuedEvent {
  return { source, content: '', meta, eventId: 'e', chat: meta['chat_id'] ?? '' }
}

const turn = [event({ chat_id: '7', message_id: 'm1', thread: 't' }), event({ chat_id: '7', message_id: 'm2' })]

describe('allowed', () => {
  test.each([
    [{ text: 'hi' }],
    [{ text: 'hi', chat_id: '7' }],
    [{ text: 'hi', chat_id: '7', reply_to: 'm2', message_id: 'm1', thread: 't' }],
    [{ text: 'hi', files: [], chat_id: undefined, reply_to: null }],
    [{}],
  ])('%j', (input) => {
    expect(decideChannelCall(reply, input, turn)).toEqual({ allowed: true })
  })
})

describe('not allowed', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['another chat', { text: 'hi', chat_id: '8' }, 'a reply to another chat'],
    ['a chat of another type', { text: 'hi', chat_id: 7 }, 'a reply to another chat'],
    ['several chats', { text: 'hi', chat_id: ['7'] }, 'a reply to another chat'],
    ['an attachment', { text: 'hi', files: ['/etc/passwd'] }, 'an attachment'],
    ['an attachment as text', { text: 'hi', files: '/etc/passwd' }, 'an attachment'],
    ['a quote of a message that is not in the turn', { text: 'hi', reply_to: 'm3' }, 'a reply with "reply_to"'],
    ['anything else', { text: 'hi', path: 'secret' }, 'a reply with "path"'],
    ['a key of a prototype', JSON.parse('{"__proto__":"x"}'), 'a reply with "__proto__"'],
  ])('%s', (_, input, why) => {
    expect(decideChannelCall(reply, input, turn)).toEqual({
      allowed: false,
      why: `${why} needs an approval, and this version has no dialog to ask for one yet.`,
    })
  })

  test('another tool, another source, or a turn of the operator', () => {
    const refused = { allowed: false, why: expect.stringContaining('needs an approval') }
    expect(decideChannelCall({ ...reply, tool: 'delete' }, {}, turn)).toEqual(refused)
    expect(decideChannelCall({ ...reply, source: 'other' }, {}, turn)).toEqual(refused)
    expect(decideChannelCall(reply, { text: 'hi' }, [])).toEqual(refused)
    expect(decideChannelCall(reply, { text: 'hi' }, [event({}, 'other')])).toEqual(refused)
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
      const allowed = decideChannelCall(reply, { [key]: given }, [event({ chat_id: 'the chat' })]).allowed
      expect(allowed).toBe(key === 'text' || (key === 'chat_id' && given === 'the chat'))
    }),
  )
})
