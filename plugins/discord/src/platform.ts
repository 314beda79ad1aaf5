/** Discord as the kit of chat channels sees it. */
import { BackchannelError, type Log } from '@backchannel/channel'
import type { Platform, PlatformLimits } from '@backchannel/channel/chat'
import { createClient } from './api/client.ts'
import { type Config, TOKEN_VARIABLE } from './config.ts'
import { createConnection } from './connection.ts'
import type { Pace } from './gateway/gateway.ts'

const MB = 1024 * 1024

export interface DiscordOptions {
  /** Read when a session has registered the channel. @throws BackchannelError `settings-invalid` */
  readonly load: () => Promise<Config>
  readonly log: Log
  readonly pace?: Pace
}

export const LIMITS: PlatformLimits = {
  textUnits: 2_000,
  richText: 'markdown',
  // Ten megabytes in a server without boosts, and Discord says so: the bot is told nothing of boosts.
  filesOut: { maxBytes: 25 * MB, perMessage: 10, placement: 'first' },
  filesIn: { maxBytes: 100 * MB, by: 'message' },
  buttons: { perRow: 5, dataBytes: 100 },
  typingMs: 10_000,
  edit: true,
  reactions: 'any',
  replies: true,
  // "The past few minutes", as Discord has it of a nonce.
  deduplicates: { forMs: 60_000 },
  longPrompts: 'pages-and-file',
  history: { tool: 'fetch_messages', argument: 'channel', most: 100, usual: 20 },
}

export function createDiscord({ load, log, pace }: DiscordOptions): Platform {
  return {
    title: 'Discord',
    limits: LIMITS,
    async start(ports, signal) {
      const { token, apiRoot } = await load()
      if (token === undefined) throw missingToken()
      const call = createClient({ token, apiRoot })
      return createConnection({ call, config: { token, apiRoot }, ports, session: signal, log, pace })
    },
  }
}

function missingToken(): BackchannelError {
  return new BackchannelError('settings-invalid', 'The bot has no token yet, so Discord is not asked for messages.', {
    hint: `Get one at https://discord.com/developers/applications (your application, Bot, Reset Token), then type /discord:configure token (of an instance: /discord#NAME:configure token), or set ${TOKEN_VARIABLE}.`,
  })
}
