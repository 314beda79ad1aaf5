/** What a definition must have, and what it is told otherwise. */
import { describe, expect, it } from 'vitest'
import { type ChannelDefinition, defineChannel } from './define.ts'
import * as api from './index.ts'

const tool = { name: 'reply', description: 'Answers.', input: { type: 'object' as const }, run: () => 'sent' }
const base: ChannelDefinition = { name: 'alerts', version: '1.0.0', instructions: '', start() {} }

it('gives a sound definition back as it is', () => {
  // Without a journal the name is free.
  const tools = ['reply', 'edit_message-2', 'check_messages'].map((name) => ({ ...tool, name }))
  const definition = { ...base, tools }
  expect(defineChannel(definition)).toBe(definition)
})

const NAME_RULE = 'a name has letters, digits, "_" and "-" only'

it.each([
  ['an empty name', { name: '' }, `its name is "", but ${NAME_RULE}`],
  ['a name with a space', { name: 'my alerts' }, `its name is "my alerts", but ${NAME_RULE}`],
  ['a name that begins with a dash', { name: '-x' }, `its name is "-x", but ${NAME_RULE}`],
  ['a name that would close a tag', { name: 'x">' }, `its name is "x">", but ${NAME_RULE}`],
  ['no name', { name: undefined }, `its name is "undefined", but ${NAME_RULE}`],
  ['no version', { version: undefined }, 'its version is no string'],
  ['no instructions', { instructions: 7 }, 'its instructions are no string'],
  ['no start', { start: undefined }, 'it has no start function'],
  ['a tool with a bad name', { tools: [{ ...tool, name: 'a.b' }] }, `a tool is named "a.b", but ${NAME_RULE}`],
  ['two tools of one name', { tools: [tool, tool] }, 'two tools are named "reply"'],
  [
    'a tool whose schema is no object',
    { tools: [{ ...tool, input: { type: 'string' } }] },
    'the input of the tool "reply" is no schema of type "object"',
  ],
  [
    'a tool without a schema',
    { tools: [{ ...tool, input: undefined }] },
    'the input of the tool "reply" is no schema of type "object"',
  ],
  [
    'a relay without access settings',
    { relay: { ask() {}, resolve() {} } },
    'it relays permission prompts and has no access settings',
  ],
  [
    'a tool of the kit in a channel with a journal',
    { tools: [{ ...tool, name: 'check_messages' }], journal: { directory: 'state' } },
    'a tool is named "check_messages", which every channel with a journal gets from the kit',
  ],
  ['a tool that can not run', { tools: [{ ...tool, run: undefined }] }, 'the tool "reply" has no run function'],
])('refuses %s', (_, over, problem) => {
  const definition = { ...base, ...over } as unknown as ChannelDefinition
  expect(() => defineChannel(definition)).toThrow(
    expect.objectContaining({
      code: 'channel-invalid',
      message: `Channel "${definition.name}" can't be served: ${problem}.`,
    }),
  )
})

describe('the kit', () => {
  it('exports these names and no others: every one is public API', () => {
    expect(Object.keys(api).sort()).toEqual([
      'BackchannelError',
      'createLog',
      'defineChannel',
      'defineTool',
      'ensureDirectory',
      'readSecretInput',
      'serve',
      'stateDirectory',
    ])
  })
})
