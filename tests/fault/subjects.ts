/** The channels that are tested: how a session names each, and how events get into it. */
import { openDiscord } from './senders/discord.ts'
import { sendMessages } from './senders/fakechat.ts'
import { openMessages } from './senders/imessage.ts'
import type { Send } from './senders/sender.ts'
import { openTelegram } from './senders/telegram.ts'
import { sendWebhooks } from './senders/webhook.ts'

export interface Subject {
  readonly name: 'webhook' | 'fakechat' | 'telegram' | 'discord' | 'imessage'
  readonly entry: string
  /** What the channel says when it takes events; the first group, where there is one, is its port. */
  readonly listening: RegExp
  readonly senders: number
  /** Starts what a run needs, for itself alone. */
  open(options: StageOptions): Promise<Stage>
  /** Of a run. */
  readonly events: number
  /** UTF-16 units of the longest event; default: as a pipe takes it. */
  readonly mostUnits?: number
  /** Of the run in small; default {@link SMALL_EVENTS}. */
  readonly smallEvents?: number
}

export const SMALL_EVENTS = 500

export interface StageOptions {
  readonly seed: number
  readonly senders: number
}

/** What stands around the channel in one run. */
export interface Stage {
  /** For the sessions and their channels. */
  readonly env: Readonly<Record<string, string>>
  readonly send: Send
  /** The kills are over, and so are other faults from now on. */
  calm(): Promise<void>
  /** What of the answers is not as it should be, at the end. */
  problems(replies: ReplyCount): readonly string[]
  close(): Promise<void>
}

/** By event: how often the agent called its reply tool, and how often that went well, as far as the sessions said. */
export interface ReplyCount {
  readonly calls: ReadonlyMap<string, { readonly called: number; readonly ok: number }>
  /** Sessions that were killed before they had said everything. */
  readonly killedSessions: number
}

/** Where there is nothing around the channel but its senders. */
function alone(send: Send): Subject['open'] {
  return async () => ({ env: {}, send, calm: async () => {}, problems: () => [], close: async () => {} })
}

export const SUBJECTS: readonly Subject[] = [
  {
    name: 'webhook',
    entry: 'plugin:webhook@backchannel',
    listening: /^webhook: listening on http:\/\/localhost:(\d+)/,
    senders: 8,
    events: 10_000,
    open: alone(sendWebhooks),
  },
  {
    name: 'fakechat',
    entry: 'plugin:fakechat@backchannel',
    listening: /^fakechat: http:\/\/localhost:(\d+)/,
    senders: 4,
    events: 10_000,
    open: alone(sendMessages),
  },
  {
    name: 'telegram',
    entry: 'plugin:telegram@backchannel',
    listening: /^telegram: connected to Telegram/,
    senders: 20,
    events: 1_000,
    open: openTelegram,
    mostUnits: 3_000,
    smallEvents: 60,
  },
  {
    name: 'discord',
    entry: 'plugin:discord@backchannel',
    listening: /^discord: connected to Discord/,
    senders: 20,
    events: 1_000,
    open: openDiscord,
    mostUnits: 600,
  },
  {
    name: 'imessage',
    entry: 'plugin:imessage@backchannel',
    listening: /^imessage: connected to iMessage/,
    senders: 10,
    events: 500,
    open: openMessages,
    mostUnits: 3_000,
  },
]
