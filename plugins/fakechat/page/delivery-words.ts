/** What became of a message of the person, in words. */
import type { Delivery } from './entry.ts'

/** The closed list of docs/reasons.md. */
export const DROP_WORDS: Readonly<Record<string, string>> = {
  'not-registered': 'this session has not registered the channel',
  invalid: 'the session could not read it',
  'rate-limited': 'more came than the session takes; send it again in a moment',
  overflow: 'too many messages wait already; send it again when the agent has caught up',
  'too-large': 'it is larger than the session takes; send the start of it, or a file',
}

const FAILURE_WORDS: Readonly<Record<string, string>> = { interrupted: 'somebody stopped the agent' }

/** @param isConnected without a connection nobody knows how far the agent is */
export function renderDelivery({ kind, ...more }: Delivery, isConnected: boolean): string {
  const reason = 'reason' in more ? more.reason : undefined
  switch (kind) {
    case 'waiting':
      return isConnected ? 'not sent yet' : 'not sent yet: no session is there; it goes out when one is'
    case 'sending':
      return 'progress' in more && more.progress !== undefined
        ? `uploading ${Math.floor(more.progress * 100)} %`
        : 'sending…'
    case 'unsent':
      return `Not sent: ${reason}${'hint' in more && more.hint ? ` ${more.hint}` : ''}`
    case 'sent':
      return isConnected ? 'stored' : 'stored; the next session gets it'
    case 'queued':
      return isConnected ? 'stored, waits for the agent' : 'stored; the next session gets it'
    case 'started':
      if (!isConnected) return 'stored; the next session gets it'
      return reason === undefined ? 'working…' : `working: the agent waits (${reason})`
    case 'completed':
      return 'done'
    case 'failed':
      if (reason === 'session-ended') return 'stored: the session ended before the agent was done; the next one gets it'
      return reason === undefined ? 'failed' : `failed: ${FAILURE_WORDS[reason] ?? reason}`
    case 'dropped':
      return `not taken by the session${reason === undefined ? '' : `: ${DROP_WORDS[reason] ?? reason}`}`
  }
}
