/** Every form of a rule, and what each wrong one is answered with. */
import { expect, test } from 'vitest'
import { parseRule, type RuleSubject } from './rules.ts'

const from = 'settings.json'
const subject = (text: string) => parseRule(text, { from, root: '/project' }).subject

test.each<[string, RuleSubject]>([
  ['Bash', { kind: 'command' }],
  ['Bash(*)', { kind: 'command' }],
  ['Bash(:*)', { kind: 'command' }],
  ['Bash(git status)', { kind: 'command', pattern: { words: [['git'], ['status']], hasWildcard: false } }],
  ['Bash(npm run *)', { kind: 'command', pattern: { words: [['npm'], ['run'], 'anything'], hasWildcard: true } }],
  ['Bash(npm run:*)', { kind: 'command', pattern: { words: [['npm'], ['run'], 'anything'], hasWildcard: true } }],
  ['Read', { kind: 'path', access: 'read' }],
  ['LS(src)', { kind: 'path', access: 'read', pattern: { text: 'src', root: '/project' } }],
  ['Read(~/secrets/**)', { kind: 'path', access: 'read', pattern: { text: '~/secrets/**', root: '/project' } }],
  ['Edit(/src/**)', { kind: 'path', access: 'write', pattern: { text: '/src/**', root: '/project' } }],
  ['Write(//tmp/x)', { kind: 'path', access: 'write', pattern: { text: '//tmp/x', root: '/project' } }],
  ['mcp__webhook', { kind: 'mcp', server: 'webhook' }],
  ['mcp__webhook__*', { kind: 'mcp', server: 'webhook' }],
  ['mcp__webhook__reply', { kind: 'mcp', server: 'webhook', tool: 'reply' }],
  ['mcp__plugin_fakechat_fakechat__reply', { kind: 'mcp', server: 'plugin_fakechat_fakechat', tool: 'reply' }],
  ['WebSearch', { kind: 'tool', tool: 'WebSearch' }],
])('%s', (text, expected) => {
  expect(parseRule(text, { from, root: '/project' })).toEqual({ text, from, subject: expected })
})

test.each<[string, string]>([
  ['', 'Tool or Tool(pattern)'],
  [' Bash', 'Tool or Tool(pattern)'],
  ['Bash(git status', 'Tool or Tool(pattern)'],
  ['Bash()x', 'Tool or Tool(pattern)'],
  ['*', 'Tool or Tool(pattern)'],
  ['Ba*', 'Tool or Tool(pattern)'],
  ['Bash(a\u202eb)', 'Tool or Tool(pattern)'],
  [`Bash(${'x'.repeat(2_000)})`, 'Tool or Tool(pattern)'],
  ['Bash()', 'a command between the brackets'],
  ['Bash(a && b)', 'one plain command; "&" joins'],
  ['Bash(a > b)', 'one plain command; ">" joins'],
  ['Bash("a)', 'a closing "'],
  ['bash(ls)', 'about one of the tools Bash, Read'],
  ['bash', 'about one of the tools Bash, Read'],
  ['Edti(x)', 'about one of the tools Bash, Read'],
  ['WebFetch(domain:x)', 'without a pattern'],
  ['Read()', 'a path between the brackets'],
  ['Read( x)', 'a path between the brackets'],
  ['Read(a/*/../b)', 'without ".." after a wildcard'],
  ['Read(~bob/x)', 'only your own has a short form'],
  ['mcp__', 'mcp__SERVER'],
  ['mcp__*', 'mcp__SERVER'],
  ['mcp__a*__b', 'Tool or Tool(pattern)'],
  ['mcp__a__b(c)', 'mcp__SERVER'],
])('%j is refused: %s', (text, expected) => {
  expect(() => subject(text)).toThrow(
    expect.objectContaining({
      code: 'settings-invalid',
      message: expect.stringContaining(expected),
      hint: expect.any(String),
    }),
  )
})

test('the words of a refusal', () => {
  expect(() => subject('bash(ls)')).toThrow(
    expect.objectContaining({
      message:
        'settings.json: the rule must be about one of the tools Bash, Read, LS, Edit, Write or mcp__…, got the string "bash(ls)".',
      hint: 'Did you mean Bash?',
    }),
  )
})
