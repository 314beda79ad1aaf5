/** The channels that are tested: how a session names each, and how events get into it. */
import { sendMessages } from './senders/fakechat.ts'
import type { Send } from './senders/sender.ts'
import { sendWebhooks } from './senders/webhook.ts'

export interface Subject {
  readonly name: 'webhook' | 'fakechat'
  readonly entry: string
  /** What the channel says when it takes events; the first group is its port. */
  readonly listening: RegExp
  readonly senders: number
  readonly send: Send
}

export const SUBJECTS: readonly Subject[] = [
  {
    name: 'webhook',
    entry: 'plugin:webhook@backchannel',
    listening: /^webhook: listening on http:\/\/localhost:(\d+)/,
    senders: 8,
    send: sendWebhooks,
  },
  {
    name: 'fakechat',
    entry: 'plugin:fakechat@backchannel',
    listening: /^fakechat: http:\/\/localhost:(\d+)/,
    senders: 4,
    send: sendMessages,
  },
]
