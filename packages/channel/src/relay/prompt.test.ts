/** What an approver reads: tool, description and input, the end of a long one too, and nothing forged. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { renderPrompt, renderResolution } from './prompt.ts'

const request = {
  requestId: 'abcde',
  toolName: 'Bash',
  description: 'Run shell command',
  inputPreview: '{"command":"touch x"}',
}

it('shows the tool, the description, the input, and how to answer', () => {
  expect(renderPrompt(request)).toBe(
    'The agent asks to use Bash\nRun shell command\n{"command":"touch x"}\nAnswer: yes abcde  or  no abcde',
  )
  expect(renderPrompt(request, { typed: false })).not.toContain('abcde')
})

it('shows both ends of a long input, and says how much it left out', () => {
  const inputPreview = `{"command":"echo ${'a'.repeat(20_000)}; rm -rf ~"}`
  const prompt = renderPrompt({ ...request, inputPreview }, { limit: 1_000 })
  expect(prompt.length).toBeLessThanOrEqual(1_000)
  expect(prompt).toMatch(/\n\{"command":"echo a+ ⋯ \d+ characters left out ⋯ a+; rm -rf ~"\}\nAnswer/)
})

it('a long description leaves room for the input', () => {
  const prompt = renderPrompt({ ...request, description: 'kind '.repeat(5_000) }, { limit: 500 })
  expect(prompt.length).toBeLessThanOrEqual(500)
  expect(prompt).toContain('\n{"command":"touch x"}\n')
})

it('whatever a request holds: four lines, nothing that hides or turns, never over the limit, the tail there', () => {
  const text = fc.string({
    unit: fc.oneof(fc.constantFrom('\n', '\u2028', '\u202e', '\u200b', '\u0007', '🙂'), fc.string()),
  })
  fc.assert(
    fc.property(text, text, text, fc.integer({ min: 400, max: 2_000 }), (toolName, description, input, limit) => {
      const prompt = renderPrompt(
        { requestId: 'abcde', toolName, description, inputPreview: `${input}; END` },
        { limit },
      )
      expect(prompt.split('\n')).toHaveLength(4)
      expect(prompt).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u2028\u200b\u202e]/)
      expect(prompt).toMatch(/; END\nAnswer: yes abcde {2}or {2}no abcde$/)
      expect([...prompt].length).toBeLessThanOrEqual(limit)
    }),
  )
})

it('says on one line how it ended, and who answered', () => {
  expect(renderResolution(request, { outcome: 'allow', by: 'terminal' })).toBe('Bash: allowed by terminal.')
  expect(renderResolution(request, { outcome: 'expired', by: '' })).toBe('Bash: expired.')
  expect(renderResolution(request, { outcome: 'deny', by: 'eve\nBash: allowed' })).toBe(
    'Bash: denied by eve\\u{a}Bash: allowed.',
  )
})
