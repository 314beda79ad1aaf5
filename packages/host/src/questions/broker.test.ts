/** The broker of questions: asked everywhere, answered once, and only by an answer that fits. */
import type { Question, QuestionResolved } from '@backchannel/protocol'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { QuestionLink } from '../channels/question-link.ts'
import { ANSWER_UNITS, fitAnswer, MOST_CHOICES, putInOrder } from './answers.ts'
import { createQuestionBroker, type QuestionBrokerOptions, type QuestionEnd } from './broker.ts'

interface TestLink extends QuestionLink {
  readonly shown: Question[]
  readonly told: QuestionResolved[]
}

function createLink(source: string): TestLink {
  const shown: Question[] = []
  const told: QuestionResolved[] = []
  return { source, shown, told, show: (question) => void shown.push(question), resolved: (end) => void told.push(end) }
}

const FORM = {
  text: 'Which?',
  choices: [
    { id: 'a', label: 'A' },
    { id: 'b', label: 'B' },
  ],
  multiple: false,
  allowText: true,
}
const ORIGIN = { source: 'telegram', chatId: 'c1' }

function setUp(options: Partial<QuestionBrokerOptions> = {}) {
  const requested: (readonly [Question, readonly string[]])[] = []
  const ends: QuestionEnd[] = []
  const broker = createQuestionBroker({
    canAsk: () => true,
    tellsOrigin: true,
    requested: (...asked) => void requested.push(asked),
    resolved: (end) => void ends.push(end),
    ...options,
  })
  const controller = new AbortController()
  const ask = (more = {}) => broker.ask({ ...FORM, origin: ORIGIN, ...more }, controller.signal)
  const id = () => requested.at(-1)?.[0].questionId ?? ''
  return { broker, ask, id, controller, requested, ends }
}

describe('a question', () => {
  test('goes everywhere with its origin; the first answer wins, and all are told who gave it', async () => {
    const { broker, ask, id, requested, ends } = setUp()
    const [one, other] = [createLink('telegram'), createLink('fakechat')]
    broker.opened(one)
    const asked = ask()
    broker.opened(other)
    const question = { questionId: id(), ...FORM, origin: ORIGIN }
    expect([one.shown, other.shown]).toEqual([[question], [question]])
    expect(requested).toEqual([[question, ['telegram']]])
    expect(broker.list()).toMatchObject([{ text: 'Which?', relayedTo: ['telegram', 'fakechat'] }])
    expect(broker.answered(one, { questionId: id(), choices: ['b'], by: 'u1' })).toBe('applied')
    expect(broker.answer({ questionId: id(), choices: ['a'] })).toBe('not-open')
    const end = { questionId: id(), outcome: 'answered', choices: ['b'], by: 'telegram' }
    expect(await asked).toEqual(end)
    expect([ends, one.told, other.told]).toEqual([[end], [end], [end]])
    expect(id()).toMatch(/^[a-km-z]{5}$/)
  })

  test('shows nobody its origin where channels are not told, and goes to none where nothing is relayed', async () => {
    const untold = setUp({ tellsOrigin: false })
    const link = createLink('telegram')
    untold.broker.opened(link)
    void untold.ask()
    expect(link.shown).toEqual([{ questionId: untold.id(), ...FORM }])
    const off = setUp({ relays: false, canAsk: () => false })
    off.broker.opened(createLink('telegram'))
    expect(await off.ask()).toBeUndefined()
    expect(off.requested).toEqual([])
  })

  test('is not answered by what does not fit, by a channel that was not asked, nor by an id that is not open', async () => {
    const { broker, ask, id, ends } = setUp()
    const link = createLink('telegram')
    void ask({ multiple: false, allowText: false })
    expect(broker.answer({ questionId: id(), choices: ['c'] })).toEqual({
      problem: expect.stringContaining('no choice "c"'),
    })
    expect(broker.answer({ questionId: id(), choices: ['a', 'b'] })).toEqual({ problem: 'it takes one choice' })
    expect(broker.answer({ questionId: id(), choices: [], text: 'x' })).toEqual({
      problem: expect.stringContaining('own words'),
    })
    expect(broker.answer({ questionId: id(), choices: [] })).toEqual({ problem: expect.stringContaining('neither') })
    expect(broker.answered(link, { questionId: id(), choices: ['a'] })).toBe('not-asked-there')
    expect(broker.answer({ questionId: 'zzzzz', choices: ['a'] })).toBe('not-open')
    expect(ends).toEqual([])
  })

  test('ends with the turn, with the session, after its time, and when the last one who could answer has gone', async () => {
    vi.useFakeTimers()
    try {
      const interrupted = setUp()
      const one = interrupted.ask()
      interrupted.controller.abort()
      expect(await one).toMatchObject({ outcome: 'cancelled', by: 'interrupt', choices: [] })
      const closed = setUp()
      const two = closed.ask()
      closed.broker.close()
      expect(await two).toMatchObject({ outcome: 'cancelled', by: 'session-ended' })
      expect(await closed.ask()).toBeUndefined()
      const expired = setUp({ expireAfterMs: 1_000 })
      const three = expired.ask()
      vi.advanceTimersByTime(1_000)
      expect(await three).toMatchObject({ outcome: 'expired', by: 'time' })
      const left = setUp({ canAsk: () => false, graceMs: 300 })
      const link = createLink('telegram')
      left.broker.opened(link)
      const four = left.ask()
      left.broker.lost(link)
      vi.advanceTimersByTime(300)
      expect(await four).toMatchObject({ outcome: 'cancelled', by: 'nobody-left' })
    } finally {
      vi.useRealTimers()
    }
  })

  test('is put in order before anybody sees it', () => {
    const many = Array.from({ length: 200 }, (_, at) => ({
      id: String(at % 150),
      label: at === 0 ? '\u202e ' : 'x'.repeat(400),
    }))
    const { text, choices, allowText } = putInOrder({
      ...FORM,
      text: 'a\u001b[2Jb\u200b',
      choices: many,
      allowText: false,
    })
    expect(text).toBe('ab')
    expect(choices).toHaveLength(MOST_CHOICES)
    expect(choices[0]).toEqual({ id: '0', label: '0' })
    expect(choices[1]?.label).toHaveLength(300)
    expect(allowText).toBe(false)
    expect(putInOrder({ ...FORM, choices: [], allowText: false }).allowText).toBe(true)
  })

  test('whatever is answered: what counts is of the question, in its order, and has an end', () => {
    const id = fc.constantFrom('a', 'b', 'c', '__proto__')
    const given = fc.record({ choices: fc.array(id), text: fc.option(fc.string(), { nil: undefined }) })
    fc.assert(
      fc.property(given, fc.boolean(), fc.boolean(), ({ choices, text }, multiple, allowText) => {
        const fitted = fitAnswer({ ...FORM, multiple, allowText }, { choices, ...(text === undefined ? {} : { text }) })
        if (!fitted.ok) {
          expect(fitted.problem).not.toBe('')
          return
        }
        const { choices: taken, text: words } = fitted.answer
        expect([...taken].sort()).toEqual(taken)
        expect(taken.length <= (multiple ? 2 : 1) && (taken.length > 0 || words !== undefined)).toBe(true)
        if (words !== undefined) expect(allowText && words.length <= ANSWER_UNITS).toBe(true)
      }),
    )
  })
})
