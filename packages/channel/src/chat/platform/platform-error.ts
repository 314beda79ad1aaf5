/** How a call to a platform failed, as far as it matters for trying again; the words are for the agent and the operator. */

/**
 * - `unsent`: it did not reach the platform (no connection, 429, a 5xx that says so). Trying again is safe.
 * - `unknown`: it may have arrived, and the answer was lost. Trying again may send it twice, so that is labelled.
 * - `refused`: the platform said no, and would say so again.
 * - `unauthorized`: the platform refuses the secret.
 */
export type PlatformErrorKind = 'unsent' | 'unknown' | 'refused' | 'unauthorized'

export interface PlatformErrorOptions {
  readonly kind: PlatformErrorKind
  /** The platform's own word on when to try again, of this chat alone unless `everywhere`. */
  readonly retryAfterMs?: number
  readonly everywhere?: boolean
  readonly cause?: unknown
}

const MARK: unique symbol = Symbol.for('backchannel.platform-error')

/** Thrown by every call of a connection. The message never holds a secret, a token in an address included. */
export class PlatformError extends Error {
  override readonly name = 'PlatformError'
  readonly kind: PlatformErrorKind
  readonly retryAfterMs: number | undefined
  readonly everywhere: boolean

  constructor(message: string, { kind, retryAfterMs, everywhere = false, cause }: PlatformErrorOptions) {
    super(message, cause === undefined ? undefined : { cause })
    this.kind = kind
    this.retryAfterMs = retryAfterMs
    this.everywhere = everywhere
    Object.defineProperty(this, MARK, { value: true })
  }

  static is(thrown: unknown): thrown is PlatformError {
    return typeof thrown === 'object' && thrown !== null && MARK in thrown
  }
}
