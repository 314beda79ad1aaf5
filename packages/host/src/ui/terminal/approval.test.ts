/** The permission dialog as a machine: what a key does, and that no key allows anything by itself. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type ApprovalState,
  CHOICES,
  currentPermission,
  EMPTY_APPROVAL,
  followPermissions,
  LONGEST_NOTE,
  type OpenPermission,
  reduceApproval,
  setsAside,
  trackPermissions,
} from './approval.ts'
import type { PromptAction } from './keys.ts'

const request = (requestId: string): OpenPermission => ({
  requestId,
  tool: 'Bash',
  description: 'Run shell command',
  preview: '{}',
  relayedTo: [],
})
const OPEN = [request('abcde'), request('bcdef')]

function press(actions: readonly PromptAction[], open: readonly OpenPermission[] = OPEN) {
  let state: ApprovalState = followPermissions(open, EMPTY_APPROVAL)
  const answers = []
  for (const action of actions) {
    const step = reduceApproval(open, state, action)
    state = step.state
    if (step.answer) answers.push(step.answer)
  }
  return { state, answers }
}

const insert = (text: string): PromptAction => ({ type: 'insert', text })
const keys = (...types: Exclude<PromptAction['type'], 'insert'>[]): PromptAction[] => types.map((type) => ({ type }))

describe('a permission', () => {
  test.each([
    ['allows once', [insert('1'), ...keys('submit')], { behavior: 'allow' }],
    ['allows for the session', [...keys('down', 'down', 'submit')], { behavior: 'allow', scope: 'session' }],
    ['denies', [insert('3'), ...keys('submit')], { behavior: 'deny' }],
    [
      'denies with words',
      [insert('4'), ...keys('submit'), insert('not\nnow'), ...keys('submit')],
      { behavior: 'deny', note: 'not now' },
    ],
    ['denies without', [...keys('up', 'submit', 'submit')], { behavior: 'deny' }],
  ])('%s', (_name, actions, answer) => {
    expect(press(actions).answers).toEqual([{ type: 'permission', request_id: 'abcde', ...answer }])
  })

  test('is set aside by the start of a command, and by Esc where nothing is chosen', () => {
    const { state } = press([])
    expect(setsAside(state, insert('/fakechat:access'))).toBe(true)
    expect(setsAside(state, { type: 'dismiss' })).toBe(true)
    expect(setsAside(state, insert('y'))).toBe(false)
    expect(setsAside(press([insert('1')]).state, { type: 'dismiss' })).toBe(false)
    expect(setsAside(press([insert('4'), ...keys('submit')]).state, insert('/tmp is full'))).toBe(false)
  })

  test('Tab looks at the next one, and what was chosen for the one before is gone', () => {
    const { state } = press([insert('1'), ...keys('complete')])
    expect(state).toEqual({ requestId: 'bcdef', chosen: undefined, note: undefined })
    expect(press([insert('1'), ...keys('complete', 'submit')]).answers).toEqual([])
    expect(currentPermission(OPEN, press(keys('complete', 'complete')).state)?.index).toBe(0)
  })

  test('Esc leaves the note, then the choice', () => {
    const { state } = press([insert('4'), ...keys('submit'), insert('x'), ...keys('dismiss', 'dismiss')])
    expect(state).toEqual({ requestId: 'abcde', chosen: undefined, note: undefined })
  })

  test('that ends elsewhere takes what was chosen for it along', () => {
    const chosen = press([insert('1')]).state
    expect(followPermissions([request('bcdef')], chosen)).toEqual({ ...EMPTY_APPROVAL, requestId: 'bcdef' })
    expect(followPermissions([], chosen)).toEqual(EMPTY_APPROVAL)
    expect(followPermissions([...OPEN, request('cdefg')], chosen)).toBe(chosen)
  })

  test('a note is one line of bounded length', () => {
    const { answers } = press([
      insert('4'),
      ...keys('submit'),
      insert('x'.repeat(LONGEST_NOTE)),
      insert('y'),
      ...keys('submit'),
    ])
    expect(answers[0]?.note).toBe('x'.repeat(LONGEST_NOTE))
  })

  test('no keys without a choice and Enter after it allow anything', () => {
    const action = fc.oneof(
      fc.string({ maxLength: 3 }).map(insert),
      fc
        .constantFrom<Exclude<PromptAction['type'], 'insert'>>(
          'submit',
          'newline',
          'dismiss',
          'complete',
          'left',
          'clear',
        )
        .map((type) => ({ type })),
    )
    fc.assert(
      fc.property(fc.array(action), (actions) => {
        const { answers } = press(actions)
        const chooses = actions.findIndex((one) => one.type === 'insert' && /[1-4]/.test(one.text))
        const confirms = actions.findLastIndex(({ type }) => type === 'submit')
        if (chooses === -1 || confirms < chooses) expect(answers).toEqual([])
      }),
    )
  })
})

describe('what is open', () => {
  const asked = (id: string) =>
    ({
      type: 'permission.requested',
      at: '',
      request_id: id,
      tool_name: 'Bash',
      description: 'Run shell command',
      input_preview: '{}',
      relayed_to: [],
    }) as const

  test('follows the stream, and ends with the session', () => {
    const two = trackPermissions(trackPermissions([], asked('abcde')), asked('bcdef'))
    expect(two).toEqual(OPEN)
    const resolved = { type: 'permission.resolved', at: '', request_id: 'abcde', behavior: 'allow', by: 'x' } as const
    expect(trackPermissions(two, resolved)).toEqual([request('bcdef')])
    expect(trackPermissions(two, { type: 'session.ended', at: '', reason: 'exit' })).toEqual([])
    expect(CHOICES).toHaveLength(4)
  })
})
