/** Why something did not reach the agent: the closed lists of `channel.refused` and `event.dropped`, with their words for people. */

export type RefusalReason =
  | 'not-a-channel'
  | 'not-found'
  | 'failed-to-start'
  | 'policy-off'
  | 'not-allowlisted'
  | 'not-opted-in'
  | 'development-not-accepted'
  | 'consent-refused'
  | 'protocol-era'

export type DropReason = 'not-registered' | 'invalid' | 'rate-limited' | 'overflow' | 'too-large'

/** What each refusal means and what opens the way. */
export const REFUSAL_REASONS: Readonly<Record<RefusalReason, string>> = {
  'not-a-channel': 'the server does not declare claude/channel, so it is used as a plain MCP server',
  'not-found': 'nothing known here has that name',
  'failed-to-start': 'its process did not start or did not complete the handshake',
  'policy-off': 'the organisation policy has channels switched off; an administrator can set channelsEnabled: true',
  'not-allowlisted':
    'it is not on the allowlist; name it after --dangerously-load-development-channels to load it all the same',
  'not-opted-in': 'this session did not name it; add it after --channels',
  'development-not-accepted':
    'the warning about development channels was not accepted; headless sessions accept it with --accept-development-channels',
  'consent-refused': 'the project asks to start this server and no consent is recorded for its command',
  'protocol-era': 'it answered with an MCP revision that cannot carry channel events',
}

/** What each drop means. */
export const DROP_REASONS: Readonly<Record<DropReason, string>> = {
  'not-registered': 'the channel is not registered in this session',
  invalid: 'the event does not have the shape of the contract',
  'rate-limited': 'the channel sends faster than the session takes',
  overflow: 'too many events of the channel wait already',
  'too-large': 'the event is larger than the session takes',
}
