/** What of earlier messages the agent reads: of whom, in which lines, and nothing that makes a line of its own. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAccess } from '../../access/access-file.ts'
import type { HistoryMessage, Sender } from '../platform/inbound.ts'
import { renderHistory } from './history.ts'

const person = (id: string, more: Partial<Sender> = {}): Sender => ({ id, handle: `h${id}`, isBot: false, ...more })
const message = (more: Partial<HistoryMessage> = {}): HistoryMessage => ({
  id: '7',
  sender: person('5'),
  text: 'hello',
  ts: 1_700_000_000_000,
  attachments: [],
  edited: false,
  ...more,
})
const file = parseAccess(
  {
    allowFrom: ['5', '8'],
    groups: { open: { requireMention: true, allowFrom: [] }, closed: { requireMention: true, allowFrom: ['6', '9'] } },
  },
  'access.json',
)
const inGroup = (chat: string, senders: readonly Sender[], parent?: string) =>
  renderHistory(
    senders.map((sender) => message({ sender, text: sender.id })),
    { file, place: { chat, parent }, myId: '1' },
  )

describe('earlier messages', () => {
  it('stand in the official line each, with what hangs on them beneath', () => {
    const text = renderHistory(
      [
        message({
          text: 'one\ntwo',
          attachments: [{ kind: 'file', fileId: 'f', name: 'a/b.txt', mime: 'text/plain', size: 2_048 }],
          thread: { chatId: '70', title: 'Why', messages: 3 },
          edited: true,
        }),
        message({ sender: person('1'), id: '8', replyTo: { messageId: '7', text: 'one\ntwo', sender: 'Ada' } }),
        message({
          id: '9',
          text: '',
          placeholder: '(photo)',
          forwardedFrom: 'Bob',
          replyTo: { messageId: '8', isMine: true },
        }),
      ],
      { file, place: { chat: '5', sender: '5' }, myId: '1' },
    )
    expect(text).toBe(
      [
        '[2023-11-14T22:13:20.000Z] h5: one ⏎ two  (id: 7 +1att)',
        '  file b.txt (text/plain, 2 KB)',
        '  thread 70 "Why", 3 messages',
        '  edited',
        '[2023-11-14T22:13:20.000Z] me: hello  (id: 8)',
        '  answers 7 by Ada: one ⏎ two',
        '[2023-11-14T22:13:20.000Z] h5: (photo)  (id: 9)',
        '  answers 8 by me',
        '  forwarded from Bob',
      ].join('\n'),
    )
    expect(renderHistory([], { file, place: { chat: '5', sender: '5' }, myId: '1' })).toBe('(no messages)')
  })

  it('are of those who are let in, and of us; others are counted', () => {
    expect(inGroup('open', [person('6'), person('1'), person('4')])).not.toContain('not shown')
    expect(inGroup('closed', [person('6'), person('5'), person('4')])).toMatch(
      / h6: 6 .*\n\(2 of senders who are not let in are not shown\)$/,
    )
    expect(inGroup('thread', [person('6')], 'closed')).toContain('h6: 6')
    expect(inGroup('unknown', [person('5')])).toBe('(1 of senders who are not let in is not shown)')
    expect(inGroup('toString', [person('5')])).toBe('(1 of senders who are not let in is not shown)')
    // A bot only by its id, in an open group as well.
    const bot = { isBot: true }
    expect(inGroup('open', [person('4', bot), person('8', bot)])).toMatch(/^\S+ h8 \(bot\): 8 .*\n\(1 of/)
    expect(inGroup('closed', [person('9', bot)])).toContain('h9 (bot): 9')
    const direct = { file, place: { chat: 'd', sender: '5' }, myId: '1' }
    expect(renderHistory([message(), message({ sender: person('6') })], direct)).toContain('(1 of')
    expect(renderHistory([message()], { ...direct, file: undefined })).toBe(
      '(1 of senders who are not let in is not shown)',
    )
  })

  it('show as "me" what is ours, and nobody who calls themselves so', () => {
    const named = { handle: 'me', name: 'me' }
    expect(inGroup('open', [person('4', named)])).toContain('] me (4): 4')
    expect(inGroup('open', [person('1')])).toContain('] me: 1')
  })

  it('never begin a line by what they hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), fc.double(), (text, name, ts) => {
        const attachments = [{ kind: 'file', fileId: text, name, mime: text }]
        const replyTo = { messageId: '1', text, sender: name }
        const thread = { chatId: '7', title: name }
        const one = message({
          text,
          ts,
          attachments,
          replyTo,
          thread,
          forwardedFrom: name,
          sender: person('5', { handle: name }),
        })
        const lines = renderHistory([one], { file, place: { chat: '5', sender: '5' }, myId: '1' }).split(
          /\r\n|[\n\r\u2028\u2029\u0085]/,
        )
        expect(lines).toHaveLength(5)
        expect(lines[0]).toMatch(/^\[\S+Z\] /)
        for (const line of lines.slice(1)) expect(line).toMatch(/^ {2}(answers|forwarded from|file|thread) /)
      }),
    )
  })
})
