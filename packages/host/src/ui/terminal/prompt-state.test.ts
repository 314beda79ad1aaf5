/** The prompt as a machine: history, completion, submission, and sequences of keys that nobody would type. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PromptAction } from './keys.ts'
import { EMPTY_PROMPT, openCompletions, type PromptState, reducePrompt } from './prompt-state.ts'

const COMMANDS = [
  { name: '/help', summary: 'help' },
  { name: '/channels', summary: 'channels' },
  { name: 'exit', summary: 'without its slash' },
]
const context = { columns: 20, commands: COMMANDS }

function play(actions: readonly (PromptAction | PromptAction['type'])[], start: PromptState = EMPTY_PROMPT) {
  let state = start
  const submitted: string[] = []
  for (const given of actions) {
    const action = typeof given === 'string' ? ({ type: given } as PromptAction) : given
    const step = reducePrompt(state, action, context)
    state = step.state
    if (step.submitted !== undefined) submitted.push(step.submitted)
  }
  return { state, submitted, text: state.draft.text }
}

const type = (text: string): PromptAction => ({ type: 'insert', text })

describe('submitting', () => {
  test('trims, empties the draft, and passes over blank lines', () => {
    const { submitted, text } = play([type('  hi \n'), 'submit', type('  '), 'submit'])
    expect(submitted).toEqual(['hi'])
    expect(text).toBe('  ')
  })

  test('a backslash before Enter is a newline', () => {
    expect(play([type('one\\'), 'submit', type('two'), 'submit']).submitted).toEqual(['one\ntwo'])
  })

  test('the start of a command is the chosen command', () => {
    expect(play([type('/ch'), 'submit', type('/'), 'down', 'down', 'submit']).submitted).toEqual(['/channels', '/exit'])
    expect(play([type('/zzz'), 'submit']).submitted).toEqual(['/zzz'])
  })
})

describe('history', () => {
  const used = play([type('first'), 'submit', type('second'), 'submit', type('second'), 'submit']).state

  test('goes back and forth, and keeps the new draft', () => {
    expect(play([type('new'), 'up'], used).text).toBe('second')
    expect(play([type('new'), 'up', 'up', 'up'], used).text).toBe('first')
    expect(play([type('new'), 'up', 'up', 'down', 'down', 'down'], used).text).toBe('new')
  })

  test('an old command opens no list that would catch the arrow keys', () => {
    const { state } = play([type('/help'), 'submit'], used)
    const { state: back } = play(['up'], state)
    expect(back.draft.text).toBe('/help')
    expect(openCompletions(back, COMMANDS)).toEqual([])
    expect(play(['up', 'up'], state).text).toBe('second')
  })

  test('moves in the rows of a draft first', () => {
    const { state, text } = play([type('one\ntwo'), 'up'], used)
    expect(text).toBe('one\ntwo')
    expect(state.draft.cursor).toBe(3)
    expect(play(['up'], state).text).toBe('second')
  })
})

describe('completion', () => {
  test('lists what begins alike, with a slash in any case', () => {
    const names = (text: string) => openCompletions(play([type(text)]).state, COMMANDS).map(({ name }) => name)
    expect(names('/')).toEqual(['/help', '/channels', '/exit'])
    expect(names('/E')).toEqual(['/exit'])
    expect(names('/help ')).toEqual([])
    expect(names('/etc/hosts')).toEqual([])
    expect(names('help')).toEqual([])
  })

  test('Tab completes, Escape dismisses until the text changes', () => {
    expect(play([type('/c'), 'complete']).text).toBe('/channels ')
    const { state } = play([type('/'), 'dismiss'])
    expect(openCompletions(state, COMMANDS)).toEqual([])
    expect(openCompletions(play([type('h')], state).state, COMMANDS)).toHaveLength(1)
  })
})

describe('words of a channel', () => {
  const hints = ['pair', 'policy'].map((word) => ({ name: `/chat:access ${word}`, summary: '' }))
  const senders = ['12', '1'].map((id) => ({ name: `/chat:access remove ${id}`, summary: '' }))
  const within = { columns: 40, commands: [{ name: '/chat:access', summary: '' }, ...hints, ...senders] }
  const names = (text: string) =>
    openCompletions(reducePrompt(EMPTY_PROMPT, type(text), within).state, within.commands).map(({ name }) => name)

  test('are listed where one of them is being typed, and only there', () => {
    expect(names('/chat:ac')).toEqual(['/chat:access'])
    expect(names('/chat:access p')).toEqual(['/chat:access pair', '/chat:access policy'])
    expect(names('/chat:access pair ')).toEqual([])
    expect(names('say /chat:access p')).toEqual([])
  })

  test('Tab takes the first, Enter what was typed: another sender must not be removed', () => {
    const typed = reducePrompt(EMPTY_PROMPT, type('/chat:access remove 1'), within).state
    expect(reducePrompt(typed, { type: 'complete' }, within).state.draft.text).toBe('/chat:access remove 12 ')
    expect(reducePrompt(typed, { type: 'submit' }, within).submitted).toBe('/chat:access remove 1')
  })

  test.each([
    ['/chat:configure token 123456:ABC-def', '/chat:configure token [hidden]'],
    ['/chat:configure 123456:ABC-def', '/chat:configure [hidden]'],
    ['/chat:configure token hunter', '/chat:configure token [hidden]'],
    ['/chat:configure clear token', '/chat:configure clear token'],
    ['/chat:configure token clear', '/chat:configure token clear'],
    ['/chat:configure', '/chat:configure'],
    ['/chat:access pair a1b2c3', '/chat:access pair a1b2c3'],
  ])('%s is kept in the history as %s', (line, kept) => {
    const { submitted, state } = play([type(line), 'submit'])
    expect([submitted, state.history]).toEqual([[line], [kept]])
  })
})

test('no sequence of keys breaks the draft', () => {
  const names = [
    'submit',
    'newline',
    'left',
    'right',
    'word-left',
    'word-right',
    'line-start',
    'line-end',
    'up',
    'down',
  ]
  const more = [
    'delete-left',
    'delete-right',
    'delete-word-left',
    'delete-to-start',
    'delete-to-end',
    'complete',
    'clear',
  ]
  const action = fc.oneof(
    fc.constantFrom(...names, ...more).map((name) => ({ type: name }) as PromptAction),
    fc.constantFrom('a', ' ', '/', '漢', '👩‍👩‍👧', '\u0301', '\n').map(type),
  )
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const { draft } = play(actions).state
      const boundaries = [...new Intl.Segmenter().segment(draft.text)].map(({ index }) => index)
      expect([...boundaries, draft.text.length]).toContain(draft.cursor)
    }),
    { numRuns: 500 },
  )
})
