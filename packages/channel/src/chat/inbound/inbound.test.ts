/** A message as an event, and the matrix of who is heard: direct or group, listed or not, bot, edited. */
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { parseAccess } from '../../access/access-file.ts'
import type { GateMessage } from '../../access/gate.ts'
import { judge, mayReach } from '../../access/gate.ts'
import type { InboundMessage } from '../platform/inbound.ts'
import { admit, fromMessage } from './admit.ts'
import { putInOrder } from './check.ts'
import { originOf, renderEvent } from './event.ts'

const message = (more: Partial<InboundMessage> = {}): InboundMessage => ({
  deliveryId: '5/7',
  chat: { id: '5', kind: 'direct' },
  sender: { id: '5', handle: 'ada', isBot: false },
  id: '7',
  text: 'hello',
  ts: 1_700_000_000_000,
  attachments: [],
  mentionsMe: false,
  edited: false,
  ...more,
})
const photo = { kind: 'photo', fileId: 'f1' }

describe('an event', () => {
  it('has the official attributes first and in their order', () => {
    const { content, meta } = renderEvent(
      [
        message({
          chat: { id: '5', kind: 'group', title: 'Team' },
          threadId: '3',
          meta: { latitude: '1', chat_id: 'x', source: 'x' },
        }),
      ],
      [
        { attachment: photo, path: '/inbox/1.png' },
        { attachment: { kind: 'document', fileId: 'f2', name: 'a<b>.pdf', mime: 'application/pdf', size: 12 } },
      ],
    )
    expect(content).toBe('hello')
    expect(meta).toEqual({
      chat_id: '5',
      message_id: '7',
      user: 'ada',
      user_id: '5',
      ts: '2023-11-14T22:13:20.000Z',
      image_path: '/inbox/1.png',
      attachment_kind: 'document',
      attachment_file_id: 'f2',
      attachment_size: '12',
      attachment_mime: 'application/pdf',
      attachment_name: 'a_b_.pdf',
      chat_type: 'group',
      chat_title: 'Team',
      thread_id: '3',
      latitude: '1',
    })
    expect(Object.keys(meta ?? {}).slice(0, 6)).toEqual([
      'chat_id',
      'message_id',
      'user',
      'user_id',
      'ts',
      'image_path',
    ])
  })

  it('of a picture that could not be fetched names its id', () => {
    const { content, meta } = renderEvent([message({ text: '' })], [{ attachment: photo }])
    expect(content).toBe('(photo)')
    expect(meta).toMatchObject({ attachment_kind: 'photo', attachment_file_id: 'f1' })
    expect(meta).not.toHaveProperty('image_path')
  })

  it('says whose words it holds', () => {
    const { meta } = renderEvent(
      [
        message({
          forwardedFrom: 'Eve"; chat_id="1',
          edited: true,
          replyTo: { messageId: '6', text: 'x'.repeat(600), sender: 'Bob', isMine: true },
        }),
      ],
      [],
    )
    expect(meta).toMatchObject({
      forwarded_from: 'Eve"_ chat_id="1',
      edited: 'true',
      reply_to_message_id: '6',
      reply_to_user: 'Bob',
      reply_to_me: 'true',
    })
    expect(meta?.['reply_to_text']).toHaveLength(501)
  })

  it('is told where it came from by its id alone, whatever ids a platform has', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1 }),
        fc.string({ minLength: 1 }),
        fc.string(),
        (chatId, id, thread) => {
          const threadId = thread === '' ? {} : { threadId: thread }
          const { eventId = '' } = renderEvent([message({ chat: { id: chatId, kind: 'direct' }, id, ...threadId })], [])
          expect(originOf(eventId)).toEqual({ chatId: chatId.toWellFormed(), messageId: id, ...threadId })
        },
      ),
    )
    expect([originOf(''), originOf('a/b'), originOf('%/x/y/z'), originOf('1//2/%ff')]).toEqual([
      undefined,
      undefined,
      undefined,
      { chatId: '1', messageId: '2' },
    ])
  })

  it('is made of whatever an adapter gives', () => {
    const odd = putInOrder(message({ text: 'half \ud800', ts: Number.NaN, attachments: [{ ...photo, size: -1 }] }))
    expect(odd.text).toBe('half \ufffd')
    expect(odd.attachments).toEqual([photo])
    expect(() => renderEvent([odd], [])).not.toThrow()
    expect(() => renderEvent([putInOrder(message({ ts: 1e20 }))], [])).not.toThrow()
  })
})

describe('who is heard', () => {
  const file = parseAccess(
    {
      dmPolicy: 'pairing',
      allowFrom: ['5'],
      groups: { g1: { requireMention: false, allowFrom: [] }, g2: { requireMention: false, allowFrom: ['5', '8'] } },
    },
    'access.json',
  )
  const access = {
    admit: async (given: GateMessage) => {
      const answer = judge({ ...file, pending: [] }, given, { now: () => 0 })
      return answer.kind === 'pair' ? { kind: 'pair' as const, code: 'abc123', isNew: true } : answer
    },
    current: async () => file,
    mayReach: async (place: Parameters<typeof mayReach>[1]) => mayReach(file, place),
  }
  const direct = (id: string, more: Partial<InboundMessage> = {}, isBot = false) =>
    message({ chat: { id, kind: 'direct' }, sender: { id, isBot }, ...more })
  const group = (chat: string, id: string, isBot = false) =>
    message({ chat: { id: chat, kind: 'group' }, sender: { id, isBot }, mentionsMe: true })

  test.each([
    ['somebody on the list', direct('5'), 'admit'],
    ['a stranger', direct('6'), 'pair'],
    ['a stranger who edits', direct('6', { edited: true }), 'sender-unknown'],
    ['somebody on the list who edits', direct('5', { edited: true }), 'admit'],
    ['a bot', direct('8', {}, true), 'bot'],
    ['ourselves', direct('1'), 'own-message'],
    ['a member of a group that is open', group('g1', '6'), 'admit'],
    ['a bot in a group that is open', group('g1', '8', true), 'bot'],
    ['a bot that a group lists', group('g2', '8', true), 'admit'],
    ['one whom a group does not list', group('g2', '6'), 'sender-not-in-group'],
    ['a group that nobody added', group('toString', '5'), 'group-unknown'],
    ['a channel', message({ chat: { id: 'c', kind: 'channel' } }), 'chat-kind'],
  ])('%s', async (_, given, expected) => {
    const result = await admit(fromMessage(given), access, '1')
    expect(result.kind === 'drop' ? result.reason : result.kind).toBe(expected)
  })

  it('nobody whom the platform does not name', async () => {
    const { sender: _, ...nameless } = message()
    expect(await admit(fromMessage(nameless), access, '1')).toEqual({ kind: 'drop', reason: 'no-sender' })
  })
})
