/** Telegram as the kit of chat channels sees it. */
import { BackchannelError, type Log } from '@backchannel/channel'
import type { Platform, PlatformLimits } from '@backchannel/channel/chat'
import { createClient } from './api/client.ts'
import { type Config, TOKEN_VARIABLE } from './config.ts'
import { createConnection } from './connection.ts'
import type { Pace } from './polling/poller.ts'
import { REACTIONS } from './reactions.ts'

const MB = 1024 * 1024
/** Of a Bot API server of one's own, both ways. */
const SELF_HOSTED_LIMIT = 2000 * MB

export interface TelegramOptions {
  /** Read when a session has registered the channel. @throws BackchannelError `settings-invalid` */
  readonly load: () => Promise<Config>
  readonly isSelfHosted: boolean
  readonly log: Log
  readonly pace?: Pace
}

export function createTelegram({ load, isSelfHosted, log, pace }: TelegramOptions): Platform {
  return {
    title: 'Telegram',
    commands: true,
    limits: limitsOf(isSelfHosted),
    async start(ports, signal) {
      const config = await load()
      if (config.token === undefined) throw missingToken()
      const call = createClient({ token: config.token, apiRoot: config.apiRoot })
      return createConnection({ call, config, ports, session: signal, log, pace })
    },
  }
}

export function limitsOf(isSelfHosted: boolean): PlatformLimits {
  return {
    textUnits: 4096,
    richText: 'entities',
    filesOut: { maxBytes: isSelfHosted ? SELF_HOSTED_LIMIT : 50 * MB, perMessage: 1, placement: 'own' },
    filesIn: { maxBytes: isSelfHosted ? SELF_HOSTED_LIMIT : 20 * MB, by: 'file' },
    buttons: { perRow: 3, dataBytes: 64 },
    typingMs: 5_000,
    edit: true,
    reactions: REACTIONS,
    replies: true,
    deduplicates: false,
  }
}

function missingToken(): BackchannelError {
  return new BackchannelError('settings-invalid', 'The bot has no token yet, so Telegram is not asked for messages.', {
    hint: `Get one from @BotFather in Telegram, then type /telegram:configure token (of an instance: /telegram#NAME:configure token), or set ${TOKEN_VARIABLE}.`,
  })
}
