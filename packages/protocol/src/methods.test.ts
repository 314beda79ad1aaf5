/** Pins every name on the wire: a change here is a change of the contract. */
import { expect, it } from 'vitest'
import { CAPABILITIES, EXTENSION_METHODS, LEGACY_REVISIONS, METHODS } from './methods.ts'

it('the methods of the base contract (3 and 5)', () => {
  expect(METHODS).toEqual({
    event: 'notifications/claude/channel',
    permissionRequest: 'notifications/claude/channel/permission_request',
    permissionVerdict: 'notifications/claude/channel/permission',
  })
})

it('the methods of the extension (8)', () => {
  expect(EXTENSION_METHODS).toEqual({
    registration: 'notifications/backchannel/registration',
    receipt: 'notifications/backchannel/receipt',
    permissionResolved: 'notifications/backchannel/permission_resolved',
    question: 'notifications/backchannel/question',
    questionResolved: 'notifications/backchannel/question_resolved',
    answer: 'notifications/backchannel/answer',
    control: 'notifications/backchannel/control',
    controlResult: 'notifications/backchannel/control_result',
    access: 'backchannel/access',
    configure: 'backchannel/configure',
    complete: 'backchannel/complete',
  })
})

it('the capability keys (2 and 8)', () => {
  expect(CAPABILITIES).toEqual({
    channel: 'claude/channel',
    permission: 'claude/channel/permission',
    extension: 'backchannel/channel',
  })
})

it('the MCP revisions, newest first, and none of the era that cannot carry events (1)', () => {
  expect(LEGACY_REVISIONS).toEqual(['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05', '2024-10-07'])
})
