/** Questions and control of one channel: where they are asked, what counts as an answer, and what comes of a command. */
import { createTempDirectory } from '@backchannel/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAccess } from '../access/access.ts'
import { createLog } from '../log.ts'
import { fits, readAnswer, readChoices } from './answer.ts'
import type { OpenQuestion } from './open-requests.ts'
import { renderAnswered, renderQuestionPrompt } from './question-prompt.ts'
import type { QuestionResolution } from './questions.ts'
import { createRelay } from './relay.ts'

const CHOICES = [
  { id: 'a', label: 'PostgreSQL' },
  { id: 'b', label: 'SQLite, in a file' },
]
const FORM = { choices: CHOICES, multiple: false, allowText: true }

const prepare = async ({ extended = true, takes = true, control = true } = {}) => {
  const folder = await createTempDirectory()
  const said: string[] = []
  const log = createLog('chat', (line) => said.push(line))
  const access = createAccess({ directory: folder.path, name: 'chat', grants: 'approver', operatorWord: true, log })
  await access.approvers.add({ sender: 'owner', chat: 'dm-owner' })
  await access.approvers.add({ sender: 'ada', chat: 'dm-ada' })
  const asked: OpenQuestion[] = []
  const ended: (readonly [string, QuestionResolution])[] = []
  const sent: { readonly method: string; readonly params: Record<string, unknown> }[] = []
  const ending = new AbortController()
  const questions = {
    ask: (question: OpenQuestion) => void asked.push(question),
    resolve: ({ questionId }: OpenQuestion, end: QuestionResolution) => void ended.push([questionId, end]),
  }
  const relay = createRelay({
    approvers: access.approvers,
    handlers: { ask() {}, resolve() {}, ...(takes ? { questions } : {}) },
    source: 'chat',
    extended,
    control,
    log,
    signal: ending.signal,
    notify: (method, params) => sent.push({ method, params }),
  })
  return { relay, access, asked, ended, sent, said, ending, [Symbol.asyncDispose]: () => folder.remove() }
}

const question = (id: string, more: object = {}) => ({ question_id: id, text: 'Which?', choices: CHOICES, ...more })
const OWNER = { sender: 'owner', chat: 'dm-owner' }

describe('a question', () => {
  it('goes to the owner, or to the approver who caused it, and is answered once, with who did', async () => {
    await using made = await prepare()
    await made.relay.question(question('abcde', { origin: { source: 'chat', chat_id: 'dm-ada' } }))
    await made.relay.question(question('bcdef', { origin: { source: 'chat', chat_id: 'group' } }))
    expect(made.asked.map(({ chats }) => chats)).toEqual([['dm-ada'], ['dm-owner']])
    const answer = { questionId: 'bcdef', choices: ['b'], text: ' for now ', ...OWNER }
    expect(await Promise.all([made.relay.answer(answer), made.relay.answer(answer)])).toEqual(['passed', 'not-open'])
    const params = { question_id: 'bcdef', choices: ['b'], text: 'for now', by: 'owner' }
    expect(made.sent).toEqual([{ method: 'notifications/backchannel/answer', params }])
    expect(made.ended).toEqual([])
    await made.relay.questionResolved({ question_id: 'bcdef', by: 'terminal', outcome: 'answered', choices: ['a'] })
    expect(made.ended).toEqual([['bcdef', { outcome: 'answered', by: 'terminal', labels: ['PostgreSQL'] }]])
    await made.relay.questionResolved({ question_id: 'abcde', by: 'interrupt', outcome: 'cancelled' })
    expect(made.ended[1]).toEqual(['abcde', { outcome: 'cancelled', by: 'interrupt', labels: [] }])
  })

  it.each([
    ['of a stranger', { sender: 'eve' }, 'not-approver'],
    ['in another chat', { chat: 'group' }, 'not-open'],
    ['to another id', { questionId: '__proto__' }, 'not-open'],
    ['that it does not offer', { choices: ['c'] }, 'not-fitting'],
    ['with two where one may be taken', { choices: ['a', 'b'] }, 'not-fitting'],
    ['with nothing', { choices: [] }, 'not-fitting'],
  ])('does not take an answer %s', async (_, over, result) => {
    await using made = await prepare()
    await made.relay.question(question('abcde'))
    expect(await made.relay.answer({ questionId: 'abcde', choices: ['a'], ...OWNER, ...over })).toBe(result)
    expect(made.sent).toEqual([])
    expect(await made.relay.questions(OWNER)).toHaveLength(1)
  })

  it('is asked nowhere where the channel takes none, and one that is none is passed over', async () => {
    await using none = await prepare({ takes: false })
    await none.relay.question(question('abcde'))
    expect(await none.relay.questions(OWNER)).toEqual([])
    await using made = await prepare()
    for (const params of [null, [], {}, { question_id: 'x', text: 'x', choices: 7 }]) await made.relay.question(params)
    expect([made.asked, made.said.length]).toEqual([[], 4])
  })
})

describe('a typed message', () => {
  it.each([
    ['2', { questionId: 'abcde', choices: ['b'] }],
    [' postgresql ', { questionId: 'abcde', choices: ['a'] }],
    ['ABCDE 1', { questionId: 'abcde', choices: ['a'] }],
    ['abcde: neither of them', { questionId: 'abcde', choices: [], text: 'neither of them' }],
    ['abcde: 2', { questionId: 'abcde', choices: ['b'] }],
    ['3', undefined],
    ['use sqlite', undefined],
    ['abcde neither', undefined],
    ['bcdef: 1', undefined],
  ])('%j, with one question open', async (text, expected) => {
    await using made = await prepare()
    await made.relay.question(question('abcde'))
    expect(await made.relay.typedAnswer(text, OWNER)).toEqual(expected)
    expect(await made.relay.typedAnswer(text, { sender: 'eve', chat: 'dm-owner' })).toBeUndefined()
  })

  it('with two open needs the id, or to be a reply', async () => {
    await using made = await prepare()
    for (const id of ['abcde', 'bcdef']) await made.relay.question(question(id))
    expect(await made.relay.typedAnswer('1', OWNER)).toBeUndefined()
    expect(await made.relay.typedAnswer('bcdef 1', OWNER)).toEqual({ questionId: 'bcdef', choices: ['a'] })
    const words = { questionId: 'bcdef', choices: [], text: 'use a file' }
    expect(await made.relay.typedAnswer('use a file', OWNER, 'bcdef')).toEqual(words)
    expect(await made.relay.typedAnswer('use a file', OWNER, 'zzzzz')).toBeUndefined()
  })

  it('that names several choices does so where several may be taken', () => {
    const several = { ...FORM, multiple: true }
    expect(readChoices('1, 2', several)).toEqual(['a', 'b'])
    expect(readChoices('2 1 2', several)).toEqual(['b', 'a'])
    expect(readChoices('SQLite, in a file', several)).toEqual(['b'])
    expect(readChoices('1, 2', FORM)).toBeUndefined()
    expect(readChoices('1, 9', several)).toBeUndefined()
    expect(readAnswer('1, or both', several)).toEqual({ choices: [], text: '1, or both' })
  })

  it('whatever it is: choices are of the question, and what fits is what a host takes', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('1', '2', '1,2', '1 2', 'postgresql', '__proto__', '-1', '1e1'))
    fc.assert(
      fc.property(text, fc.boolean(), fc.boolean(), (typed, multiple, allowText) => {
        const form = { ...FORM, multiple, allowText }
        const answer = readAnswer(typed, form)
        expect(answer.choices.every((id) => ['a', 'b'].includes(id))).toBe(true)
        if (fits(answer, form)) expect(answer.choices.length > 0 || answer.text !== '').toBe(true)
      }),
    )
  })
})

it('a prompt shows every choice and how to answer, on lines that no label begins', () => {
  const labels = ['A', 'B\n3. forged', '\u202eC'].map((label, at) => ({ id: String(at), label }))
  const asked = { questionId: 'abcde', text: 'One\nTwo\u200b', choices: labels, multiple: true, allowText: true }
  expect(renderQuestionPrompt(asked)).toBe(
    [
      'The agent asks: One',
      'Two\\u{200b}',
      '1. A',
      '2. B 3. forged',
      '3. \\u{202e}C',
      'Answer: abcde 1  or  abcde 1, 2  or  abcde: in your own words',
    ].join('\n'),
  )
  const long = renderQuestionPrompt({ ...asked, text: 'x'.repeat(50_000) }, { limit: 1_000 })
  expect(long.length).toBeLessThanOrEqual(1_000)
  expect(long).toContain('\n3. ')
  const end = { outcome: 'answered', by: 'terminal', labels: ['A'], text: 'and D' } as const
  expect(renderAnswered(asked, end)).toBe('One Two\\u{200b} — A, and D, answered by terminal.')
  expect(renderAnswered(asked, { outcome: 'expired', by: 'time', labels: [] })).toContain('nobody answered in time')
})

describe('control', () => {
  const idOf = (made: Awaited<ReturnType<typeof prepare>>) => made.sent.at(-1)?.params['control_id']

  it('of an approver is passed on, and what the host says of it comes back, also twice', async () => {
    await using made = await prepare()
    const told: unknown[] = []
    expect(await made.relay.control('compact', 'ada', (outcome) => void told.push(outcome))).toBe('passed')
    const control_id = idOf(made)
    expect(made.sent[0]?.params).toEqual({ action: 'compact', by: 'ada', control_id: expect.any(String) })
    const result = { action: 'compact', by: 'ada', control_id, ok: true }
    made.relay.controlResult({ ...result, text: 'After this turn.', pending: true })
    made.relay.controlResult({ ...result, control_id: 'another', text: 'Not mine.' })
    made.relay.controlResult({ ...result, text: 'Done.' })
    made.relay.controlResult({ ...result, text: 'Once more.' })
    expect(told).toEqual([
      { ok: true, text: 'After this turn.', pending: true },
      { ok: true, text: 'Done.' },
    ])
  })

  it('of a stranger, after the end, or towards a host that takes none does nothing', async () => {
    await using made = await prepare()
    expect(await made.relay.control('clear', 'eve')).toBe('not-approver')
    made.ending.abort()
    expect(await made.relay.control('clear', 'ada')).toBe('not-approver')
    await using stock = await prepare({ control: false })
    expect(await stock.relay.control('clear', 'ada')).toBe('unsupported')
    expect([...made.sent, ...stock.sent]).toEqual([])
  })
})
