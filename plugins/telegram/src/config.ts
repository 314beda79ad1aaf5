/** What an operator can set: the bot's token, whose Bot API it is, and what turns speech into text. */
import { BackchannelError } from '@backchannel/channel'
import type { Environment } from '@backchannel/channel/configure'

export interface Config {
  /** Absent until the operator has given it. */
  readonly token?: string
  /** Without a slash at its end. */
  readonly apiRoot: string
  /** A Bot API server of one's own, which takes and gives larger files. */
  readonly isSelfHosted: boolean
  /** Whether a webhook that is set for the bot may be removed, so that messages come here. */
  readonly takesWebhook: boolean
}

export const TOKEN_VARIABLE = 'TELEGRAM_BOT_TOKEN'
export const API_ROOT_VARIABLE = 'TELEGRAM_API_ROOT'
export const TRANSCRIBE_VARIABLE = 'TRANSCRIBE_COMMAND'
export const WEBHOOK_VARIABLE = 'TELEGRAM_TAKE_WEBHOOK'
export const DEFAULT_API_ROOT = 'https://api.telegram.org'

const TOKEN_PATTERN = /^\d{3,20}:[\w-]{20,80}$/

/** @throws BackchannelError `settings-invalid` */
export function parseConfig(env: Environment): Config {
  const token = env[TOKEN_VARIABLE]?.trim()
  const apiRoot = parseRoot(env[API_ROOT_VARIABLE]?.trim() || DEFAULT_API_ROOT)
  return {
    ...(token ? { token } : {}),
    apiRoot,
    isSelfHosted: isSelfHosted(env),
    takesWebhook: env[WEBHOOK_VARIABLE]?.trim() === '1',
  }
}

/** False, too, for an address that is none: {@link parseConfig} tells that. */
export function isSelfHosted(env: Environment): boolean {
  const address = env[API_ROOT_VARIABLE]?.trim().replace(/\/+$/, '')
  return address !== undefined && address !== '' && address !== DEFAULT_API_ROOT
}

/** What is wrong with the form of a token, without the token. */
export function tokenProblem(token: string): string | undefined {
  if (TOKEN_PATTERN.test(token)) return undefined
  return token.includes(':')
    ? 'it has not the form that BotFather gives: digits, a colon and some 35 letters, digits, "_" and "-"'
    : 'it has no colon; a token of BotFather reads 123456789:AAH…'
}

function parseRoot(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  // Somebody's name and password in the address would be told with it.
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '' && url.hash === '') {
    return url.href.replace(/\/+$/, '')
  }
  throw new BackchannelError('settings-invalid', `${API_ROOT_VARIABLE} is no address of a Bot API server.`, {
    hint: `Set it to something like http://localhost:8081, or leave it unset for ${DEFAULT_API_ROOT}.`,
  })
}
