/** Whether a connected server's events are let into the session: contract 4, pure, in exactly its order. */
import {
  type ChannelCapabilities,
  type Entry,
  LEGACY_REVISIONS,
  type PluginEntry,
  REFUSAL_REASONS,
  type RefusalReason,
  renderEntry,
} from '@backchannel/protocol'
import type { AllowedPlugin, ChannelPolicy } from '../settings/policy.ts'

/** How the session named an entry: after `--channels`, after the development flag, or in the user's settings. */
export interface OptIn {
  readonly kind: 'channels' | 'development' | 'settings'
}

export interface AdmissionRequest {
  readonly entry: Entry
  readonly declared: ChannelCapabilities
  /** The MCP revision that the handshake agreed on. */
  readonly revision: string
  /** `undefined`: the session did not name it. An entry that both flags name came through the development flag. */
  readonly optIn: OptIn | undefined
  readonly policy: ChannelPolicy
  /** The default allowlist with the user's own additions; not asked where the organisation has a list. */
  readonly allowlist: (entry: Entry) => boolean
  /** Whether the warning about development channels was accepted. */
  readonly developmentAccepted: boolean
}

export type Admission =
  | { readonly registered: true }
  | {
      readonly registered: false
      readonly reason: RefusalReason
      /** A sentence that names the entry: why, and what opens the way. */
      readonly message: string
    }

/** A refused server stays connected and its tools work; only its events are dropped. */
export function admit(request: AdmissionRequest): Admission {
  const { entry, declared, revision, optIn, policy } = request
  const refuse = (reason: RefusalReason, why = REFUSAL_REASONS[reason]): Admission => {
    return { registered: false, reason, message: `${renderEntry(entry)} is not registered as a channel: ${why}.` }
  }
  if (!declared.channel) return refuse('not-a-channel')
  if (!LEGACY_REVISIONS.includes(revision))
    return refuse('protocol-era', `${REFUSAL_REASONS['protocol-era']} (${revision})`)
  if (!policy.channelsAllowed) return refuse('policy-off', switchedOff(policy))
  if (optIn === undefined) return refuse('not-opted-in')
  if (optIn.kind === 'development')
    return request.developmentAccepted ? { registered: true } : refuse('development-not-accepted')
  if (entry.kind === 'server') return refuse('not-allowlisted', SERVER_ENTRY)
  if (policy.allowedChannelPlugins === undefined)
    return request.allowlist(entry) ? { registered: true } : refuse('not-allowlisted')
  if (isAmong(policy.allowedChannelPlugins, entry)) return { registered: true }
  return refuse('not-allowlisted', notAmong(policy))
}

/** Why no channel is registered, and who can change that. */
export function switchedOff({ because }: ChannelPolicy): string {
  return `channels are switched off: ${because}`
}

const SERVER_ENTRY =
  'a server: entry is on no allowlist; name it after --dangerously-load-development-channels to load it'

function notAmong({ listedIn = [] }: ChannelPolicy): string {
  const where = listedIn.length === 0 ? '' : ` (${listedIn.join(', ')})`
  return `it is not among the organisation's allowedChannelPlugins${where}; an administrator can add it`
}

function isAmong(allowed: readonly AllowedPlugin[], entry: PluginEntry): boolean {
  return allowed.some(({ marketplace, plugin }) => marketplace === entry.marketplace && plugin === entry.name)
}
