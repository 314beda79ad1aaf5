/** The gate: every way in and every reason to stay out; no file and no message lets a stranger in, or makes it fail. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAccess } from './access-file.ts'
import { type GateMessage, judge, mayReach, type Place } from './gate.ts'

const CLOCK = { now: () => 1_000_000, random: () => 'a1b2c3' }
const judgeWith = (file: Record<string, unknown>, message: Partial<GateMessage>) => {
  const access = parseAccess(JSON.parse(JSON.stringify(file)), 'access.json')
  const answer = judge(access, { sender: '7', chat: '7', kind: 'direct', text: 'hello', ...message }, CLOCK)
  return answer.kind === 'drop' ? answer.reason : answer.kind
}
const GROUP = { kind: 'group', chat: '-100' } as const
const groups = (entry: object) => ({ groups: { '-100': entry } })

describe('direct messages', () => {
  it.each([
    [{}, {}, 'pair'],
    [{ allowFrom: ['7'] }, {}, 'admit'],
    [{ allowFrom: [7] }, {}, 'admit'],
    [{ allowFrom: ['77'] }, {}, 'pair'],
    [{ dmPolicy: 'allowlist', allowFrom: ['7'] }, {}, 'admit'],
    [{ dmPolicy: 'allowlist', allowFrom: ['8'] }, {}, 'sender-unknown'],
    [{ dmPolicy: 'disabled', allowFrom: ['7'] }, {}, 'disabled'],
    [{ dmPolicy: 'disabled' }, { isOwner: true }, 'disabled'],
    [{ dmPolicy: 'allowlist' }, { isOwner: true }, 'admit'],
    [{ allowFrom: ['7'] }, { sender: undefined }, 'no-sender'],
    [{ allowFrom: ['', '7'] }, { sender: '' }, 'no-sender'],
    [{ allowFrom: ['7'] }, { kind: 'other' }, 'chat-kind'],
    // The room proves nothing.
    [{ allowFrom: ['7'], dmPolicy: 'allowlist' }, { sender: '8', chat: '7' }, 'sender-unknown'],
  ] as const)('%j, %j: %s', (file, message, expected) => {
    expect(judgeWith(file, message)).toBe(expected)
  })

  it('a stranger is shown the code that waits, and nothing after the second time', () => {
    const code = { senderId: '7', chatId: '7', createdAt: 900_000, expiresAt: 2_000_000 }
    expect(judgeWith({ pending: { d4e5f6: code } }, {})).toBe('pair')
    expect(judgeWith({ pending: { d4e5f6: { ...code, replies: 2 } } }, {})).toBe('pairing-told')
    expect(judgeWith({ pending: { d4e5f6: { ...code, replies: 2, expiresAt: 900_001 } } }, {})).toBe('pair')
  })

  it('compares ids as the platform does (I-9)', () => {
    const access = parseAccess({ allowFrom: ['Ada@Example.com'] }, 'access.json')
    const message = { sender: 'ada@example.com', chat: 'x', kind: 'direct', text: '' } as const
    expect(judge(access, message, CLOCK).kind).toBe('pair')
    expect(judge(access, message, CLOCK, (id) => id.toLowerCase()).kind).toBe('admit')
  })
})

describe('groups', () => {
  it.each([
    [{ allowFrom: ['7'] }, GROUP, 'group-unknown'],
    [groups({}), GROUP, 'not-mentioned'],
    [groups({}), { ...GROUP, mentioned: true }, 'admit'],
    [groups({ requireMention: false }), GROUP, 'admit'],
    [groups({ requireMention: false, allowFrom: ['8'] }), GROUP, 'sender-not-in-group'],
    [groups({ requireMention: false, allowFrom: ['7'] }), GROUP, 'admit'],
    [groups({ allowFrom: ['7'] }), GROUP, 'not-mentioned'],
    [{ ...groups({ requireMention: false }), dmPolicy: 'disabled' }, GROUP, 'disabled'],
    [{ ...groups({ requireMention: false }), dmPolicy: 'allowlist' }, GROUP, 'admit'],
    [groups({}), { ...GROUP, text: 'Hey Claude!' }, 'not-mentioned'],
    [{ ...groups({}), mentionPatterns: ['^hey claude\\b'] }, { ...GROUP, text: 'Hey Claude!' }, 'admit'],
    [{ ...groups({}), mentionPatterns: ['(?<=x)y', 'claude'] }, { ...GROUP, text: 'CLAUDE' }, 'admit'],
    [{ ...groups({}), mentionPatterns: ['(?=.)'] }, GROUP, 'not-mentioned'],
    // A thread is heard where its parent is, and its own entry goes before.
    [groups({ requireMention: false }), { kind: 'group', chat: 't1', parent: '-100' }, 'admit'],
    [groups({}), { kind: 'group', chat: 't1' }, 'group-unknown'],
    [
      { groups: { '-100': { requireMention: false }, t1: { allowFrom: ['8'] } } },
      { kind: 'group', chat: 't1', parent: '-100' },
      'sender-not-in-group',
    ],
    ...['toString', 'constructor', '__proto__', 'hasOwnProperty'].map(
      (chat) => [groups({}), { kind: 'group', chat, parent: chat }, 'group-unknown'] as const,
    ),
  ] as const)('%j, %j: %s', (file, message, expected) => {
    expect(judgeWith(file, message)).toBe(expected)
  })

  it('a text that stalls others does not stall it (S-12)', () => {
    const file = { ...groups({}), mentionPatterns: ['^(a+)+$', 'a*a*a*a*a*a*b'] }
    expect(judgeWith(file, { ...GROUP, text: `${'a'.repeat(4_000)}!` })).toBe('not-mentioned')
  })
})

describe('what the agent may reach', () => {
  const access = parseAccess({ allowFrom: ['7'], groups: { '-100': {} } }, 'access.json')
  it.each<[Place, boolean]>([
    [{ chat: '7', sender: '7' }, true],
    [{ chat: '7' }, false],
    [{ chat: '-100' }, true],
    [{ chat: 't1', parent: '-100' }, true],
    [{ chat: 'x', sender: '8' }, false],
    ...['toString', 'constructor', '__proto__'].map((chat): [Place, boolean] => [{ chat, sender: chat }, false]),
  ])('%j: %s', (place, expected) => expect(mayReach(access, place)).toBe(expected))

  it('is nothing once the channel is switched off', () => {
    expect(mayReach({ ...access, dmPolicy: 'disabled' }, { chat: '7', sender: '7' })).toBe(false)
    expect(mayReach(access, { chat: 'self', isOwner: true })).toBe(true)
    expect(mayReach({ ...access, dmPolicy: 'disabled' }, { chat: 'self', isOwner: true })).toBe(false)
  })
})

const anyId = fc.oneof(fc.constantFrom('1', '2', '-100', '__proto__', 'constructor', '', 'me'), fc.string())
const hostile = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.record(
    {
      dmPolicy: fc.oneof(fc.constantFrom('pairing', 'allowlist', 'disabled'), fc.string()),
      allowFrom: fc.oneof(fc.array(fc.oneof(anyId, fc.integer())), fc.jsonValue()),
      groups: fc.oneof(
        fc.dictionary(
          anyId,
          fc.record({ requireMention: fc.boolean(), allowFrom: fc.array(anyId) }, { requiredKeys: [] }),
        ),
        fc.jsonValue(),
      ),
      pending: fc.dictionary(fc.string(), fc.jsonValue()),
      mentionPatterns: fc.array(fc.string()),
    },
    { requiredKeys: [] },
  ),
)
const message: fc.Arbitrary<GateMessage> = fc.record({
  sender: fc.option(anyId, { nil: undefined }),
  chat: anyId,
  kind: fc.constantFrom('direct', 'group', 'other'),
  parent: fc.option(anyId, { nil: undefined }),
  mentioned: fc.boolean(),
  text: fc.string(),
})

it('lets nobody in whom the file does not name, under any file and any message, and never throws (S-13, S-14)', () => {
  fc.assert(
    fc.property(hostile, message, (value, given) => {
      const file: unknown = JSON.parse(JSON.stringify(value))
      let access: ReturnType<typeof parseAccess>
      try {
        access = parseAccess(file, 'access.json')
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'state-invalid' })
        return
      }
      const answer = judge(access, given, CLOCK)
      if (answer.kind !== 'admit') return
      // Read here by other means than the parser's.
      const { allowFrom = [], groups = {}, dmPolicy } = file as Record<string, never>
      const has = (list: unknown, id: string | undefined) => (list as unknown[]).some((one) => String(one) === id)
      const own = (id: string | undefined) =>
        Object.entries(groups as Record<string, { allowFrom?: unknown[] }>).find(([key]) => key === id)?.[1]
      expect(dmPolicy).not.toBe('disabled')
      expect(given.sender ?? '').not.toBe('')
      if (given.kind === 'direct') expect(has(allowFrom, given.sender)).toBe(true)
      else {
        const group = own(given.chat) ?? own(given.parent)
        expect(group).toBeDefined()
        const { allowFrom: members = [] } = group ?? {}
        expect(members.length === 0 || has(members, given.sender)).toBe(true)
      }
    }),
    { numRuns: 3_000 },
  )
})
