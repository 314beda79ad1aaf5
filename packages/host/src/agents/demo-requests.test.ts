/** Which words make the demo agent do what: the table of its page. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type DemoRequest, parseDemoRequest } from './demo-requests.ts'

test.each<[string, DemoRequest]>([
  ["what's in my working directory?", { kind: 'list' }],
  ['Tell me: What’s in my working directory', { kind: 'list' }],
  ['whats in my working directory', { kind: 'list' }],
  ['ls', { kind: 'list' }],
  ['please ls.', { kind: 'list' }],
  ['false', { kind: 'other' }],
  ['read README.md', { kind: 'read', path: 'README.md' }],
  ['Please read src/index.ts, thanks', { kind: 'read', path: 'src/index.ts' }],
  ['can you read notes.txt?', { kind: 'read', path: 'notes.txt' }],
  ['read "my file.txt" now', { kind: 'read', path: 'my file.txt' }],
  ["read 'a b'", { kind: 'read', path: 'a b' }],
  ['read `a.ts`', { kind: 'read', path: 'a.ts' }],
  ['read ..', { kind: 'read', path: '..' }],
  ['read .env', { kind: 'read', path: '.env' }],
  ['already here', { kind: 'other' }],
  ['wait 5', { kind: 'wait', seconds: 5 }],
  ['now wait 0.25 please', { kind: 'wait', seconds: 0.25 }],
  ['wait for me', { kind: 'other' }],
  ['wait 5x', { kind: 'other' }],
  ['run: ls -l', { kind: 'run', command: 'ls -l' }],
  ['please run: npm test', { kind: 'run', command: 'npm test' }],
  ['run:touch x', { kind: 'run', command: 'touch x' }],
  ['run: echo a: b\necho c \n', { kind: 'run', command: 'echo a: b\necho c' }],
  ['run: read a', { kind: 'run', command: 'read a' }],
  ['run: ', { kind: 'other' }],
  ['write a.txt: hello', { kind: 'write', path: 'a.txt', text: 'hello' }],
  ['please write "my notes.txt": one\ntwo', { kind: 'write', path: 'my notes.txt', text: 'one\ntwo' }],
  ['write a.txt:', { kind: 'write', path: 'a.txt', text: '' }],
  ['write a poem', { kind: 'other' }],
  ['ask: Which? | A | B', { kind: 'ask', question: 'Which?', choices: ['A', 'B'], multiple: false }],
  ['please ask several: Which?|A|| B', { kind: 'ask', question: 'Which?', choices: ['A', 'B'], multiple: true }],
  ['ask: Your name?', { kind: 'ask', question: 'Your name?', choices: [], multiple: false }],
  ['ask: ', { kind: 'other' }],
  ['rerun: x', { kind: 'other' }],
  ['hello', { kind: 'other' }],
  ['', { kind: 'other' }],
])('%j', (text, request) => {
  expect(parseDemoRequest(text)).toEqual(request)
})

test('any text is understood in time that is linear in its length', () => {
  const parts = fc.constantFrom('read ', '"', "'", '`', 'wait ', '9', 'write ', ':', ' ', '\n', 'x')
  fc.assert(fc.property(fc.array(parts, { maxLength: 40 }), (list) => void parseDemoRequest(list.join(''))))
  const startedAt = performance.now()
  for (const part of [
    'read ',
    'read "',
    'write x ',
    'write ',
    'run:',
    'run: ',
    'ask: ',
    'ask several',
    '|',
    'wait 9',
    ' ',
    'x',
  ])
    parseDemoRequest(part.repeat(100_000))
  expect(performance.now() - startedAt).toBeLessThan(2_000)
})
