/** Forms of every shape become questions, and their answers values that fit the form; nothing hostile gets through. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AgentAnswer, AgentQuestion } from '../agent.ts'
import { answerElicitation } from './elicitation.ts'

const { signal } = new AbortController()

async function fill(properties: object, answers: readonly (AgentAnswer | undefined)[], more: object = {}) {
  const asked: AgentQuestion[] = []
  const params = { mode: 'form', message: 'About it', requestedSchema: { type: 'object', properties, ...more } }
  const response = await answerElicitation(params, signal, {
    async ask(question) {
      asked.push(question)
      return answers[asked.length - 1]
    },
  })
  return { asked, response }
}

describe('a form', () => {
  it('with a field of each kind is asked field by field', async () => {
    const { asked, response } = await fill(
      {
        colour: { type: 'string', title: 'Colour', enum: ['red', 'blue'] },
        sizes: {
          type: 'array',
          description: 'Which sizes?',
          items: { anyOf: [{ const: 's', title: 'Small' }, { const: 'l' }] },
        },
        sure: { type: 'boolean' },
        count: { type: 'integer' },
        name: { type: 'string' },
      },
      [
        { choices: ['blue'] },
        { choices: ['s', 'l', 'none'] },
        { choices: ['false'] },
        { choices: [], text: ' 3 ' },
        { choices: [], text: 'Ada' },
      ],
    )
    expect(
      asked.map(({ text, choices, multiple, allowText }) => [
        text,
        choices.map(({ label }) => label),
        multiple,
        allowText,
      ]),
    ).toEqual([
      ['About it\nColour', ['red', 'blue'], false, false],
      ['About it\nWhich sizes?', ['Small', 'l'], true, false],
      ['About it', ['Yes', 'No'], false, false],
      ['About it', [], false, true],
      ['About it', [], false, true],
    ])
    const content = { colour: 'blue', sizes: ['s', 'l'], sure: false, count: 3, name: 'Ada' }
    expect(response).toEqual({ action: 'accept', content })
  })

  it.each([
    ['nobody answers', { a: { type: 'string' } }, [undefined], {}, { action: 'decline' }],
    [
      'a required number is none',
      { a: { type: 'number' } },
      [{ choices: [], text: 'x' }],
      { required: ['b'] },
      { action: 'accept', content: {} },
    ],
    [
      'a number that must be is none',
      { a: { type: 'integer' } },
      [{ choices: ['1'] }],
      { required: ['a'] },
      { action: 'decline' },
    ],
    ['it has no fields', {}, [], {}, { action: 'accept', content: {} }],
    [
      'a choice was never offered',
      { a: { type: 'string', enum: ['x'] } },
      [{ choices: ['y'] }],
      {},
      { action: 'accept', content: {} },
    ],
  ])('of which %s', async (_what, properties, answers, more, expected) => {
    expect((await fill(properties, answers, more)).response).toEqual(expected)
  })

  it('that is withdrawn, or is none, is cancelled', async () => {
    const form = { mode: 'form', message: '', requestedSchema: { properties: { a: { type: 'string' } } } }
    const withdrawn = { ask: () => Promise.reject(new Error('withdrawn')) }
    expect(await answerElicitation(form, signal, withdrawn)).toEqual({ action: 'cancel' })
    expect(await answerElicitation({ mode: 'url', url: 'https://a.example' }, signal, withdrawn)).toEqual({
      action: 'cancel',
    })
  })

  it('of any shape has an answer, after at most twenty questions', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.jsonValue({ maxDepth: 4 }),
        fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })),
        async (whole, properties) => {
          for (const params of [whole, { mode: 'form', message: 'm', requestedSchema: { properties } }]) {
            let asked = 0
            const ask = async () => {
              asked += 1
              return { choices: ['true'], text: '1' }
            }
            const answer = (await answerElicitation(params, signal, { ask })) as { action: string }
            expect(['accept', 'decline', 'cancel']).toContain(answer.action)
            expect(asked).toBeLessThanOrEqual(20)
          }
        },
      ),
      { numRuns: 50 },
    )
  })
})
