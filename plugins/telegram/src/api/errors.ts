/**
 * What failed, in words without the token: the errors of grammY and `fetch` hold the address of the request, and the
 * token is in that. Nothing of them is kept as a cause.
 */
import { PlatformError, readNetworkFailure } from '@backchannel/channel/chat'

interface ApiRefusal {
  readonly error_code: number
  readonly description: string
  readonly parameters?: { readonly retry_after?: number; readonly migrate_to_chat_id?: number }
}

/** Why a call failed, beyond what the kit asks; the adapter decides by it. */
export class TelegramError extends PlatformError {
  /** HTTP status, as Telegram tells it; undefined where nothing was answered. */
  readonly code: number | undefined
  readonly description: string
  readonly movedTo: string | undefined
  /** The same without naming Telegram, to stand behind words that do. */
  readonly reason: string

  constructor(message: string, options: TelegramErrorOptions, refusal?: ApiRefusal) {
    super(message, options)
    this.reason = options.reason ?? (refusal ? `${refusal.error_code} ${refusal.description}` : message)
    this.code = refusal?.error_code
    this.description = refusal?.description ?? ''
    const moved = refusal?.parameters?.migrate_to_chat_id
    this.movedTo = moved === undefined ? undefined : String(moved)
  }
}

type TelegramErrorOptions = ConstructorParameters<typeof PlatformError>[1] & { readonly reason?: string }

export interface ErrorContext {
  readonly token: string
  /** Milliseconds after which the request was given up, where it was. */
  readonly limit?: number | undefined
}

export function toPlatformError(thrown: unknown, { token, limit }: ErrorContext): PlatformError {
  if (PlatformError.is(thrown)) return thrown
  const refusal = readRefusal(thrown, token)
  if (refusal) return toRefusal(refusal)
  if (limit !== undefined) {
    const reason = `no answer within ${limit / 1000} seconds`
    return new TelegramError(`Telegram gave ${reason}`, { kind: 'unknown', reason })
  }
  const { code, reached } = readNetworkFailure(thrown)
  const words = scrub(code, token)
  const what = reached ? `the connection to Telegram was lost (${words})` : `Telegram can't be reached (${words})`
  const reason = reached ? `the connection was lost, ${words}` : words
  return new TelegramError(what, { kind: reached ? 'unknown' : 'unsent', reason })
}

/** Takes the token out of a text, and whatever looks like one. */
export function scrub(text: string, token: string): string {
  const without =
    token === '' ? text : text.replaceAll(token, '<token>').replaceAll(encodeURIComponent(token), '<token>')
  return without.replace(/\d{5,20}:[\w-]{25,}/g, '<token>')
}

function toRefusal(refusal: ApiRefusal): TelegramError {
  const { error_code: code, description, parameters } = refusal
  if (code === 401 || (code === 404 && description === 'Not Found')) {
    return new TelegramError(
      `Telegram does not know this token (${code} ${description})`,
      { kind: 'unauthorized' },
      refusal,
    )
  }
  if (code === 429) {
    const seconds = parameters?.retry_after ?? 1
    const words = `Telegram asks to wait ${seconds} seconds`
    return new TelegramError(words, { kind: 'unsent', retryAfterMs: seconds * 1000 }, refusal)
  }
  const words = `Telegram answered ${code}: ${description}`
  // A gateway may have passed the request on before it gave up.
  return new TelegramError(words, { kind: code >= 500 ? 'unknown' : 'refused' }, refusal)
}

/** By its shape, since the class comes from a module that is loaded later. */
function readRefusal(thrown: unknown, token: string): ApiRefusal | undefined {
  const { error_code, description, parameters } = Object(thrown) as Partial<ApiRefusal>
  if (typeof error_code !== 'number' || typeof description !== 'string') return undefined
  return { error_code, description: scrub(description, token).slice(0, 500), ...(parameters ? { parameters } : {}) }
}
