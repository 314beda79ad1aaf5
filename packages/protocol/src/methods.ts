/** The names on the wire: one place for every method and capability key of the channel contract. */

/** JSON-RPC methods of the base contract (contract 3 and 5). */
export const METHODS: {
  readonly event: 'notifications/claude/channel'
  readonly permissionRequest: 'notifications/claude/channel/permission_request'
  readonly permissionVerdict: 'notifications/claude/channel/permission'
} = {
  event: 'notifications/claude/channel',
  permissionRequest: 'notifications/claude/channel/permission_request',
  permissionVerdict: 'notifications/claude/channel/permission',
}

/** JSON-RPC methods of our additive extension (contract 8); never sent to a peer that did not list the feature. */
export const EXTENSION_METHODS: {
  readonly registration: 'notifications/backchannel/registration'
  readonly receipt: 'notifications/backchannel/receipt'
  readonly permissionResolved: 'notifications/backchannel/permission_resolved'
  readonly question: 'notifications/backchannel/question'
  readonly questionResolved: 'notifications/backchannel/question_resolved'
  readonly answer: 'notifications/backchannel/answer'
  readonly control: 'notifications/backchannel/control'
  readonly controlResult: 'notifications/backchannel/control_result'
  readonly access: 'backchannel/access'
  readonly configure: 'backchannel/configure'
  readonly complete: 'backchannel/complete'
} = {
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
}

/** Keys below `capabilities.experimental` (contract 2 and 8). */
export const CAPABILITIES: {
  readonly channel: 'claude/channel'
  readonly permission: 'claude/channel/permission'
  readonly extension: 'backchannel/channel'
} = {
  channel: 'claude/channel',
  permission: 'claude/channel/permission',
  extension: 'backchannel/channel',
}

/** MCP revisions a channel may negotiate, newest first: the legacy era only (contract 1). */
export const LEGACY_REVISIONS: readonly string[] = [
  '2025-11-25',
  '2025-06-18',
  '2025-03-26',
  '2024-11-05',
  '2024-10-07',
]
