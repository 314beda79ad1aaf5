/**
 * What failed, in words of ours: errors of the client hold the request, and that holds what somebody wrote, or the token
 * of an interaction. Nothing of them is kept as a cause.
 */
import { PlatformError, readNetworkFailure } from '@backchannel/channel/chat'

interface ApiRefusal {
  readonly status: number
  /** Discord's own number of the fault. */
  readonly code: number | undefined
  readonly description: string
}

export class DiscordError extends PlatformError {
  /** Discord's number of the fault, or the status where it gave none. */
  readonly code: number | undefined
  /** The same without naming Discord, to stand behind words that do. */
  readonly reason: string

  constructor(message: string, options: DiscordErrorOptions, code?: number) {
    super(message, options)
    this.code = code
    this.reason = options.reason ?? message
  }
}

type DiscordErrorOptions = ConstructorParameters<typeof PlatformError>[1] & { readonly reason?: string }

export interface ErrorContext {
  readonly token: string
  /** Milliseconds after which the request was given up, where it was. */
  readonly limit?: number | undefined
}

/** https://discord.com/developers/docs/topics/opcodes-and-status-codes */
export const CODES = {
  unknownChannel: 10_003,
  unknownMessage: 10_008,
  unknownInteraction: 10_062,
  tooLarge: 40_005,
  acknowledged: 40_060,
  missingAccess: 50_001,
  cannotMessageUser: 50_007,
  missingPermissions: 50_013,
} as const

/** What an operator can do about it; Discord's own words name no permission. */
const ADVICE: Readonly<Record<number, string>> = {
  [CODES.tooLarge]: 'Discord takes files of up to 10 MB, and larger ones in servers with boosts',
  [CODES.missingAccess]: 'the bot does not see that channel: it needs View Channels there',
  [CODES.cannotMessageUser]: 'that person takes no direct messages from the bot; a server in common helps',
  [CODES.missingPermissions]:
    'the bot lacks a permission there, of: Send Messages, Send Messages in Threads, Read Message History, Attach Files, Add Reactions',
}

export function toPlatformError(thrown: unknown, { token, limit }: ErrorContext): PlatformError {
  if (PlatformError.is(thrown)) return thrown
  const limited = readLimit(thrown)
  if (limited) return limited
  const refusal = readRefusal(thrown, token)
  if (refusal) return toRefusal(refusal)
  if (limit !== undefined) {
    const reason = `no answer within ${limit / 1000} seconds`
    return new DiscordError(`Discord gave ${reason}`, { kind: 'unknown', reason })
  }
  // The client forgets a token that was refused once.
  if (thrown instanceof Error && /expected token/i.test(thrown.message)) return unauthorized()
  const { code, reached } = readNetworkFailure(thrown)
  const words = scrub(code, token)
  const what = reached ? `the connection to Discord was lost (${words})` : `Discord can't be reached (${words})`
  const reason = reached ? `the connection was lost, ${words}` : words
  return new DiscordError(what, { kind: reached ? 'unknown' : 'unsent', reason })
}

/** Takes the token out of a text, and whatever looks like one. */
export function scrub(text: string, token: string): string {
  const without = token === '' ? text : text.replaceAll(token, '<token>')
  return without.replace(/[\w-]{20,40}\.[\w-]{4,12}\.[\w-]{20,80}/g, '<token>')
}

export function unauthorized(): DiscordError {
  return new DiscordError(
    'Discord does not know this token (401 Unauthorized)',
    { kind: 'unauthorized', reason: '401 Unauthorized: it was reset in the Developer Portal, or is of another bot' },
    401,
  )
}

function toRefusal({ status, code, description }: ApiRefusal): DiscordError {
  if (status === 401) return unauthorized()
  const advice = code === undefined ? undefined : ADVICE[code]
  const reason = `${status} ${description}${advice === undefined ? '' : ` (${advice})`}`
  // A gateway may have passed the request on before it gave up.
  const kind = status >= 500 ? 'unknown' : 'refused'
  return new DiscordError(`Discord answered ${reason}`, { kind, reason }, code || status)
}

/** By its shape, since the class comes from a module that is loaded later. */
function readLimit(thrown: unknown): DiscordError | undefined {
  const { retryAfter, timeToReset, sublimitTimeout, global, route } = Object(thrown) as Record<string, unknown>
  if (typeof retryAfter !== 'number' || typeof route !== 'string') return undefined
  const waits = [retryAfter, timeToReset, sublimitTimeout].map(Number).filter(Number.isFinite)
  const ms = Math.max(1, ...waits)
  const words = `Discord asks to wait ${Math.ceil(ms / 1000)} seconds`
  return new DiscordError(words, { kind: 'unsent', retryAfterMs: ms, everywhere: global === true }, 429)
}

function readRefusal(thrown: unknown, token: string): ApiRefusal | undefined {
  const { status, code, message, rawError } = Object(thrown) as Record<string, unknown>
  if (typeof status !== 'number' || typeof message !== 'string') return undefined
  const isApi = typeof rawError === 'object' && rawError !== null
  // Its lines say which field is wrong.
  const words = message.trim().replace(/\s*\n\s*/g, '; ')
  return {
    status,
    code: isApi && typeof code === 'number' ? code : undefined,
    description: scrub(words, token).slice(0, 500),
  }
}
