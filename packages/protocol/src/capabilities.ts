/** What a server or host declares below `capabilities.experimental` (contract 2 and 8), read and written in one place. */
import { CAPABILITIES } from './methods.ts'
import { isRecord } from './record.ts'

export const EXTENSION_VERSION = 1

/** `access` is ours beyond contract 8: see docs/decisions/0010-approvers-and-the-operators-word.md. */
export type Feature = 'receipts' | 'origin' | 'questions' | 'control' | 'access'
const FEATURES: readonly Feature[] = ['receipts', 'origin', 'questions', 'control', 'access']

export interface ChannelCapabilities {
  /** Declares `claude/channel`: its events may be registered. */
  readonly channel: boolean
  /** Declares `claude/channel/permission`, and not as `false`. */
  readonly permission: boolean
  /** Features of the extension that the peer lists; empty for a plain peer. */
  readonly features: ReadonlySet<Feature>
}

/** Reads `capabilities.experimental` of either side. Presence counts, whatever the value, except `false` and `null`. */
export function parseCapabilities(experimental: unknown): ChannelCapabilities {
  const declared = isRecord(experimental) ? experimental : {}
  return {
    channel: isDeclared(declared, CAPABILITIES.channel),
    permission: isDeclared(declared, CAPABILITIES.permission),
    features: parseFeatures(own(declared, CAPABILITIES.extension)),
  }
}

/** The block a channel declares. Keys that do not apply are left out, never `false`. */
export function renderCapabilities(capabilities: ChannelCapabilities): Record<string, object> {
  return {
    ...(capabilities.channel ? { [CAPABILITIES.channel]: {} } : {}),
    ...(capabilities.permission ? { [CAPABILITIES.permission]: {} } : {}),
    ...renderExtension(capabilities.features),
  }
}

/** The extension's block alone, as a host declares it. */
export function renderExtension(features: Iterable<Feature>): Record<string, object> {
  const listed = [...features]
  if (listed.length === 0) return {}
  return {
    [CAPABILITIES.extension]: { version: EXTENSION_VERSION, features: listed },
  }
}

/** A feature is used only if both sides list it. */
export function sharedFeatures(ours: Iterable<Feature>, theirs: ReadonlySet<Feature>): ReadonlySet<Feature> {
  return new Set([...ours].filter((feature) => theirs.has(feature)))
}

function parseFeatures(extension: unknown): ReadonlySet<Feature> {
  if (!isRecord(extension) || extension['version'] !== EXTENSION_VERSION) return new Set()
  const listed = extension['features']
  return new Set(Array.isArray(listed) ? FEATURES.filter((feature) => listed.includes(feature)) : [])
}

function isDeclared(declared: Record<string, unknown>, key: string): boolean {
  const value = own(declared, key)
  return value !== undefined && value !== false && value !== null
}

function own(record: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined
}
