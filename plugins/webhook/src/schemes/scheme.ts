/** What a scheme is: how a sender proves who it is, how it names a delivery, and how a sample of it is signed. */

/** A request as it came: the bytes, before anything was made of them. */
export interface Received {
  /** Names in lower case; several values of a name are joined as HTTP joins them. */
  readonly headers: Readonly<Record<string, string>>
  readonly raw: Buffer
  /** Milliseconds since 1970 at which it came. */
  readonly now: number
}

export interface SchemeSettings {
  /** How far the signed time may be from this machine's, in seconds, where the scheme signs one. */
  readonly toleranceSeconds: number
  /** What the scheme `hmac` looks for; others pass it over. */
  readonly hmac: HmacSettings
}

export interface HmacSettings {
  /** In lower case. */
  readonly header: string
  readonly algorithm: 'sha1' | 'sha256' | 'sha384' | 'sha512'
  readonly encoding: 'hex' | 'base64'
  /** What stands before the digest, such as `sha256=`. */
  readonly prefix: string
}

export const DEFAULT_SETTINGS: SchemeSettings = {
  toleranceSeconds: 300,
  hmac: { header: 'x-signature', algorithm: 'sha256', encoding: 'hex', prefix: '' },
}

/** A sample to be signed, as `webhook test` sends it. */
export interface Sample {
  readonly body: Buffer
  /** Unique, so that the sample is no repeat of an earlier one. */
  readonly id: string
  readonly now: number
}

export interface Scheme {
  readonly name: string
  /** Who sends with it, for people: `GitHub`. */
  readonly sender: string
  /** False where anybody may send: such a source stays on this machine. */
  readonly signed: boolean
  /** Whether it signs the time, so that `tolerance_s` means something. */
  readonly timed: boolean
  /** Media types it sends; anything where it is left out. */
  readonly types?: readonly string[]
  /** Headers that hold or prove the secret; templates and filters never see them. */
  readonly secretHeaders: readonly string[]
  /** True where the sender makes the secret, so that none is generated here. */
  readonly givenSecret: boolean
  /** A new secret in the form the sender takes. */
  generateSecret(): string
  /** What is wrong with a secret, without showing it. */
  checkSecret(secret: string): string | undefined
  /** `undefined` when one of the secrets proves the sender, else a sentence for the sender. Never throws. */
  verify(received: Received, secrets: readonly string[], settings: SchemeSettings): string | undefined
  /** The sender's own id of the delivery; `body` is the JSON body, or the text where it is none. */
  deliveryId(received: Received, body: () => unknown): string | undefined
  /** What kind of event it is, in the sender's words. */
  event(received: Received, body: () => unknown): string | undefined
  /** A text to answer with in place of an event: a sender that asks whether somebody is there. */
  challenge?(body: unknown): string | undefined
  /** The headers that prove a sample, its id included. */
  sign(sample: Sample, secret: string, settings: SchemeSettings): Record<string, string>
  /** Where the address and the secret go, in one or two sentences for the operator. */
  readonly setup: string
}
