/** Calls of agents of every kind reach the rules under the names and arguments that the rules know. */
import { describe, expect, it } from 'vitest'
import { describeCall } from './call-text.ts'

describe('a call', () => {
  it.each([
    [
      'of Claude',
      { name: 'Bash', kind: 'execute', title: 'ls', rawInput: { command: 'ls', x: 1 } },
      'Bash',
      { command: 'ls', x: 1 },
    ],
    [
      'named in the adapter',
      { _meta: { claudeCode: { toolName: 'Write' } }, rawInput: { file_path: '/a' } },
      'Write',
      { file_path: '/a' },
    ],
    [
      'with a command',
      { kind: 'execute', title: 'List', rawInput: { command: 'ls -l' } },
      'Bash',
      { command: 'ls -l' },
    ],
    [
      'with words',
      { kind: 'execute', title: 'x', rawInput: { command: ['sh', '-c', "a 'b'"] } },
      'Bash',
      { command: "sh -c 'a '\\''b'\\'''" },
    ],
    ['with a title alone', { kind: 'execute', title: 'rm -rf x' }, 'Bash', { command: 'rm -rf x' }],
    [
      'of a file',
      { kind: 'edit', title: 'Edit a', rawInput: { absolute_path: '/a', new: 1 } },
      'Edit',
      { absolute_path: '/a', new: 1, file_path: '/a' },
    ],
    ['of a location', { kind: 'read', title: 'Read', locations: [{ path: '/b' }] }, 'Read', { file_path: '/b' }],
    ['of a file that it does not name', { kind: 'delete', title: 'Delete it' }, 'Edit', { title: 'Delete it' }],
    ['of no kind', { title: 'Ask the oracle' }, 'Ask the oracle', { title: 'Ask the oracle' }],
    [
      'of the web',
      { kind: 'fetch', title: 'Get', rawInput: { url: 'https://a.example' } },
      'WebFetch',
      { url: 'https://a.example' },
    ],
    ['that says nothing', {}, 'Tool', { title: '' }],
    ['with a hostile kind', { kind: '__proto__', title: 'x' }, 'x', { title: 'x' }],
  ])('%s', (_what, call, name, input) => {
    expect(describeCall(call)).toMatchObject({ name, input })
    expect(describeCall(call).input).toEqual(input)
  })

  it('tells what it answered, as far as it is text', () => {
    const text = { type: 'content', content: { type: 'text', text: 'one' } }
    const content = [text, { type: 'diff', path: '/a' }, { type: 'content', content: { type: 'image' } }, 7]
    expect(describeCall({ content }).result).toBe('one\nchanged /a')
    expect(describeCall({ content: [], rawOutput: 'raw' }).result).toBe('raw')
    expect(describeCall({ content: 'no list', rawOutput: { a: 1 } }).result).toBe('')
    expect(describeCall({ rawOutput: 'x'.repeat(10_000) }).result).toHaveLength(4_000)
  })
})
