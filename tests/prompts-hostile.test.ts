/**
 * The hostile corpus as what the agent asks for: through the host's preview, the prompt of a chat and the dialog of the
 * terminal. What an approver reads can't be turned around, hidden, or taken for a second prompt or an answer.
 */
import { renderPrompt, renderResolution } from '@backchannel/channel/relay'
import { parsePermissionRequest, renderPermissionRequest } from '@backchannel/protocol'
import { HOSTILE_TEXTS } from '@backchannel/testkit/hostile-contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderPreview } from '../packages/host/src/permissions/preview.ts'
import { describeToolCall } from '../packages/host/src/tools/describe.ts'
import { sanitizeLine } from '../packages/host/src/ui/sanitize.ts'
import { fitPreview } from '../packages/host/src/ui/terminal/fit-preview.ts'

const TAIL = '; rm -rf ~/END'
/** Turns the writing, is drawn as nothing, ends a line, drives a terminal, or is half a character. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}\u2028\u2029]/u
const TERMINAL = { columns: 60, rows: 8 }

/** The three places in a call that the agent, or whoever wrote what it read, fills. */
const PLACES = {
  'the command': (text: string) => ({ command: `${text}${TAIL}` }),
  'a further argument': (text: string) => ({ note: text, nested: { [text.slice(0, 2_000)]: [text] }, command: TAIL }),
  'the name of an argument': (text: string) => ({ [text.slice(0, 20_000)]: 1, command: TAIL }),
  'the description': (text: string) => ({ command: TAIL, description: text }),
} as const

function check(input: Readonly<Record<string, unknown>>): void {
  const inputPreview = renderPreview(input)
  const description = describeToolCall('Bash', input)
  expectShown(inputPreview)
  expect(inputPreview.length).toBeLessThan(40_000)
  for (const form of ['full', 'short'] as const) expect(renderPreview(input, form)).toContain('rm -rf ~/END')

  // As it goes over the wire, and comes out at a channel.
  const asked = { requestId: 'abcde', toolName: 'Bash', description, inputPreview }
  const read = parsePermissionRequest(JSON.parse(JSON.stringify(renderPermissionRequest(asked, true))))
  if (!read.ok) throw new Error(read.problem)
  expect(read.value.inputPreview).toBe(inputPreview)
  const prompt = renderPrompt(read.value)
  const lines = prompt.split('\n')
  expect(lines).toHaveLength(4)
  for (const line of lines) expectShown(line)
  expect(lines[0]).toBe('The agent asks to use Bash')
  expect(lines[2]).toContain('rm -rf ~/END')
  expect(lines[3]).toBe('Answer: yes abcde  or  no abcde')
  // How it ended is one line, and no part of a prompt is one like it.
  expect(renderResolution(read.value, { outcome: 'allow', by: 'terminal' })).toBe('Bash: allowed by terminal.')
  expect(lines.filter((line) => /^Bash: (?:allowed|denied)/.test(line) && line !== lines[1])).toEqual([])

  const { columns, rows } = TERMINAL
  const dialog = fitPreview(inputPreview, columns, rows, '…')
  expect(dialog.length).toBeLessThanOrEqual(rows)
  for (const { text } of dialog) expectShown(text)
  expect(
    dialog
      .map(({ text }) => text)
      .join('')
      .replaceAll(' ', ''),
  ).toContain('rm-rf~/END')
  expectShown(sanitizeLine(`${description}. Also asked in fakechat.`, columns))
}

function expectShown(text: string): void {
  expect(UNSEEN.exec(text)?.[0]).toBeUndefined()
}

describe.each(Object.entries(PLACES))('as %s', (_, place) => {
  it.each(HOSTILE_TEXTS.map(({ name, text }) => [name, text] as const))('%s', (_name, text) => check(place(text)))

  it('any text', () => {
    const unit = fc.oneof(
      fc.constantFrom(
        '\n',
        '\r',
        '\t',
        '\u202e',
        '\u2066',
        '\u200b',
        '\u001b[2K',
        '\u0301',
        '\ud800',
        '⏎',
        '⋯',
        'א',
        '🙂',
      ),
      fc.constantFrom('yes abcde', 'Bash: allowed by terminal.', '? Allow Read?', '1. Allow once', '"},{"'),
      fc.string({ unit: 'binary', maxLength: 4 }),
    )
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 300 }), (text) => check(place(text))),
      { numRuns: 150 },
    )
  })
})

it('an argument that no JSON holds is said to be one', () => {
  const cyclic: Record<string, unknown> = { command: 'ls' }
  cyclic['self'] = cyclic
  expect(renderPreview(cyclic)).toBe('{"command":"ls","self":(value unserializable)}')
})

it('these checks see what is hidden or turned around', () => {
  for (const text of ['a\u202eb', 'a\u200bb', 'a\nb', 'a\u001b[2Jb', 'a\u{e0041}b', '\ud800'])
    expect(() => expectShown(text)).toThrow()
})
