/** Commands of the session in a chat: who may give them, where, and what is said where. */
import { describe, expect, test } from 'vitest'
import type { ControlOutcome } from '../relay/control.ts'
import { createChatControl } from './control.ts'
import type { InboundMessage } from './platform/inbound.ts'

const message = (text: string, more: Partial<InboundMessage> = {}): InboundMessage => ({
  deliveryId: text,
  chat: { id: 'dm-1', kind: 'direct' },
  sender: { id: '1', isBot: false },
  id: 'm1',
  text,
  ts: 0,
  attachments: [],
  mentionsMe: false,
  edited: false,
  ...more,
})
const GROUP: Partial<InboundMessage> = { chat: { id: 'g-1', kind: 'group' } }

function setUp({ supported = true, hasOwnStatus = true } = {}) {
  const asked: string[] = []
  const said: (readonly [string, string])[] = []
  const control = createChatControl({
    relay: {
      async control(action, sender, told?: (outcome: ControlOutcome) => void) {
        if (!supported) return 'unsupported'
        if (sender !== '1') return 'not-approver'
        asked.push(action)
        told?.({ ok: true, text: `did ${action}` })
        return 'passed'
      },
    },
    approvers: { list: async () => [{ sender: '1', chat: 'dm-1' }] },
    hasOwnStatus,
    textUnits: 200,
    source: 'chat',
    tell: ({ chat }, text) => void said.push([chat.id, text]),
    tellIn: (chat, text) => void said.push([chat, text]),
  })
  return { control, asked, said }
}

describe('a command', () => {
  test.each([
    ['/stop', 'interrupt'],
    [' /NEW ', 'clear'],
    ['/compact@my_bot', 'compact'],
    ['@my_bot /status', 'status'],
    ['<@123456> /stop', 'interrupt'],
  ])('%j of an approver is passed on, and answered in the chat', async (text, action) => {
    const { control, asked, said } = setUp()
    expect(await control(message(text))).toBe(true)
    expect([asked, said]).toEqual([[action], [['dm-1', `did ${action}`]]])
  })

  test.each(['stop', '/stop now', '/stopp', 'please /stop', '/__proto__'])(
    '%j is an ordinary message',
    async (text) => {
      const { control, asked } = setUp()
      expect(await control(message(text))).toBe(false)
      expect(asked).toEqual([])
    },
  )

  test('in a group counts where the bot is addressed, and what the agent does is told aside', async () => {
    const { control, asked, said } = setUp()
    expect(await control(message('/stop', GROUP))).toBe(false)
    expect(await control(message('/stop', { ...GROUP, mentionsMe: true }))).toBe(true)
    expect(await control(message('/status', { ...GROUP, mentionsMe: true }))).toBe(true)
    expect(asked).toEqual(['interrupt', 'status'])
    expect(said).toEqual([
      ['g-1', 'did interrupt'],
      ['dm-1', 'did status'],
      ['g-1', 'You get it in your direct chat.'],
    ])
  })

  test('of anybody else is refused in words; /status has an answer of its own in a direct chat', async () => {
    const other = { sender: { id: '2', isBot: false }, chat: { id: 'dm-2', kind: 'direct' as const } }
    const { control, asked, said } = setUp()
    expect(await control(message('/stop', other))).toBe(true)
    expect(said).toEqual([['dm-2', expect.stringContaining('/stop is for approvers')]])
    expect(await control(message('/status', other))).toBe(false)
    expect(await setUp({ hasOwnStatus: false }).control(message('/status', other))).toBe(true)
    expect(asked).toEqual([])
  })

  test('towards a host that takes none is an ordinary message', async () => {
    const { control, said } = setUp({ supported: false })
    expect(await control(message('/stop'))).toBe(false)
    expect(said).toEqual([])
  })
})
