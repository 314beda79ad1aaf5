/** What an operator can set: the bot's token, and for tests where the API is. */
import { Buffer } from 'node:buffer'
import { BackchannelError } from '@backchannel/channel'
import type { Environment } from '@backchannel/channel/configure'

export interface Config {
  /** Absent until the operator has given it. */
  readonly token?: string
  /** Without a slash at its end, and without the version. The gateway's address comes from it. */
  readonly apiRoot: string
}

export const TOKEN_VARIABLE = 'DISCORD_BOT_TOKEN'
export const API_ROOT_VARIABLE = 'DISCORD_API_ROOT'
export const TRANSCRIBE_VARIABLE = 'TRANSCRIBE_COMMAND'
export const DEFAULT_API_ROOT = 'https://discord.com/api'

const TOKEN_PATTERN = /^[\w-]{20,40}\.[\w-]{4,12}\.[\w-]{20,80}$/

/** @throws BackchannelError `settings-invalid` */
export function parseConfig(env: Environment): Config {
  // People copy it together with the word that stands before it in a header.
  const token = env[TOKEN_VARIABLE]?.trim().replace(/^Bot\s+/i, '')
  return { ...(token ? { token } : {}), apiRoot: parseRoot(env[API_ROOT_VARIABLE]?.trim() || DEFAULT_API_ROOT) }
}

/** What is wrong with the form of a token, without the token. */
export function tokenProblem(token: string): string | undefined {
  if (TOKEN_PATTERN.test(token)) return undefined
  if (/^\d{15,25}$/.test(token))
    return 'it is the id of an application; the token is on its page Bot, under "Reset Token"'
  return token.split('.').length === 3
    ? 'it has not the form that the Developer Portal gives: three parts of letters, digits, "_" and "-"'
    : 'it has not three parts with dots between them; a client secret is no token: that one is on the page Bot'
}

/** The id of the bot, which stands before the first dot of its token and is no secret. */
export function botIdOf(token: string): string | undefined {
  const id = Buffer.from(token.split('.')[0] ?? '', 'base64').toString('latin1')
  return /^\d{1,25}$/.test(id) ? id : undefined
}

function parseRoot(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  // Somebody's name and password in the address would be told with it.
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '' && url.hash === '') {
    return url.href.replace(/\/+$/, '')
  }
  throw new BackchannelError('settings-invalid', `${API_ROOT_VARIABLE} is no address of a Discord API.`, {
    hint: `Leave it unset for ${DEFAULT_API_ROOT}.`,
  })
}
