/** What a host says of itself in `initialize`. The keys are literals: this side pins the wire, it does not share it. */

export type HostFeature = 'receipts' | 'origin' | 'questions' | 'control' | 'access'

/** Client capabilities of a host that speaks the extension with these features; a stock host has `{}`. */
export function backchannelCapabilities(features: readonly HostFeature[]): Record<string, unknown> {
  return { experimental: { 'backchannel/channel': { version: 1, features: [...features] } } }
}
