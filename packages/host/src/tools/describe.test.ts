/** The words of a prompt for every kind of call. */
import { expect, test } from 'vitest'
import { describeToolCall } from './describe.ts'

test.each([
  ['Bash', { command: 'x' }, undefined, 'Run shell command'],
  ['Bash', { command: 'x', description: 'List files' }, undefined, 'List files'],
  ['Write', { path: 'a' }, undefined, 'Write a file'],
  ['Edit', { path: 'a' }, undefined, 'Change a part of a file'],
  ['Read', { path: 'a' }, undefined, 'Read a file'],
  ['mcp__chat__reply', {}, { source: 'chat', tool: 'reply' }, 'Reply through chat'],
  ['mcp__files__get', {}, { source: 'files', tool: 'get' }, 'Call get of files'],
  ['Unknown', {}, undefined, 'Call Unknown'],
  ['Bash', { command: 'x', description: 'a\u202eb\n\nc "d" \\e' }, undefined, 'a\\u202eb c "d" \\e'],
  ['mcp__x__y', {}, { source: 'x', tool: 'y\u200b' }, 'Call y\\u200b of x'],
])('%s %j', (name, input, channel, expected) => {
  expect(describeToolCall(name, input, channel)).toBe(expected)
})
