/** What a settings file may say: its keys, their defaults, and the check of one file. */
import { BackchannelError, isEntry, nearest, parseEntry } from '@backchannel/protocol'
import type { AllowedChannel } from '../channels/allowlist.ts'
import { JsonField } from '../json/field.ts'
import { PERMISSION_MODES, type PermissionMode } from '../permissions/modes.ts'
import type { PreviewForm } from '../permissions/preview.ts'
import { NO_RULES, type PermissionRules, parseRuleField, RULE_LISTS, type RuleOrigin } from '../permissions/rules.ts'
import type { UnansweredTurn } from '../session/chat-answer.ts'
import { describe, quote } from '../text/quote.ts'
import { parseAllowedChannels } from './allowed-channels.ts'

export type AgentKind = 'demo' | 'claude' | 'acp'
const AGENTS: readonly AgentKind[] = ['demo', 'claude', 'acp']

/** How much the host takes from one channel, and how long it waits for it to start. */
export interface Limits {
  /** Events of one channel that may wait for the agent; a further one is dropped as `overflow`. Default 1000. */
  readonly eventsPerChannel: number
  /** Sustained rate of one channel; above it events are dropped as `rate-limited`. Default 200. */
  readonly eventsPerSecond: number
  /** Events that may come at once before the rate applies. Default 2000. */
  readonly burst: number
  /** Bytes of one event; a larger one is dropped as `too-large`. Default 1 114 112: 1 MiB of body and 64 KiB beside it. */
  readonly eventBytes: number
  /** Milliseconds from starting a server to the end of its handshake. Default 10 000. */
  readonly startTimeoutMs: number
}

export const DEFAULT_LIMITS: Limits = {
  eventsPerChannel: 1000,
  eventsPerSecond: 200,
  burst: 2000,
  eventBytes: 1_048_576 + 65_536,
  startTimeoutMs: 10_000,
}

/** The largest value each limit takes, so that no file can make the host run out of memory or of timer range. */
export const LARGEST_LIMITS: Limits = {
  eventsPerChannel: 100_000,
  eventsPerSecond: 100_000,
  burst: 100_000,
  eventBytes: 67_108_864,
  startTimeoutMs: 600_000,
}

/** What tool calls may do; docs/permissions.md. */
export interface PermissionSettings extends PermissionRules {
  /** The mode of a session that no flag gives another. Absent: `default`. */
  readonly defaultMode?: PermissionMode
}

/** Settings of a session, merged from all files. */
export interface Settings {
  /** Entries opted in for each session, as after `--channels`. Default none. */
  readonly channels: readonly string[]
  /** Plugins off the default allowlist that may push events all the same; of the user's own file alone. Default none. */
  readonly allowedChannels: readonly AllowedChannel[]
  /** Absent: the session chooses. */
  readonly agent?: AgentKind
  /** The rules of all files together. */
  readonly permissions: PermissionSettings
  /** Where approvals are asked beside the terminal. Absent: `origin`. */
  readonly relay?: RelaySetting
  /** How much of a call's arguments an approver sees. Absent: `full`. */
  readonly permissionPreview?: PreviewForm
  /** What is done with a turn that ends without an answer in its chat. Absent: `remind`. */
  readonly unansweredTurn?: UnansweredTurn
  readonly limits: Limits
}

/** What one file says; a key it does not set is absent. */
export interface SettingsLayer {
  readonly channels?: readonly string[]
  readonly allowedChannels?: readonly AllowedChannel[]
  readonly agent?: AgentKind
  readonly permissions?: PermissionSettings
  readonly relay?: RelaySetting
  readonly permissionPreview?: PreviewForm
  readonly unansweredTurn?: UnansweredTurn
  readonly limits: Partial<Limits>
}

export type RelaySetting = 'off' | 'dm' | 'origin'
const RELAYS: readonly RelaySetting[] = ['off', 'dm', 'origin']
const UNANSWERED: readonly UnansweredTurn[] = ['remind', 'post']
const PREVIEWS: readonly PreviewForm[] = ['full', 'short']

const KEYS = [
  'channels',
  'allowedChannels',
  'agent',
  'permissions',
  'relay',
  'permissionPreview',
  'unansweredTurn',
  'limits',
]
const PERMISSION_KEYS = [...RULE_LISTS, 'defaultMode']
const MOST_RULES = 1_000
const LIMIT_KEYS = Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]
const MANAGED_KEYS = ['channelsEnabled', 'allowedChannelPlugins']
const MOST_WARNINGS = 20

export interface ParsedSettings {
  readonly layer: SettingsLayer
  readonly warnings: readonly string[]
}

/**
 * Checks one file. Unknown keys pass with a warning, so that a file may also serve a newer version.
 * @param root the project's folder, for a project's file
 * @throws BackchannelError `settings-invalid`, naming file, field, what was expected and what came.
 */
export function parseSettings(value: unknown, file: string, root?: string): ParsedSettings {
  const top = new JsonField(value, { file, code: 'settings-invalid' })
  const keys = Object.keys(top.record())
  const limits = top.member('limits')
  const limitKeys = limits.present ? Object.keys(limits.record('an object of numbers')) : []
  const channels = top.member('channels')
  const allowed = top.member('allowedChannels')
  const agent = top.member('agent')
  const permissions = top.member('permissions')
  const relay = top.member('relay')
  const preview = top.member('permissionPreview')
  const unanswered = top.member('unansweredTurn')
  const permissionKeys = permissions.present ? Object.keys(permissions.record('an object of rules')) : []
  const origin = { from: file, ...(root === undefined ? {} : { root }) }
  return {
    layer: {
      ...(channels.present ? { channels: parseChannels(channels) } : {}),
      ...(allowed.present ? { allowedChannels: parseAllowedChannels(allowed) } : {}),
      ...(agent.present ? { agent: agent.oneOf(AGENTS) } : {}),
      ...(permissions.present ? { permissions: parsePermissions(permissions, origin) } : {}),
      ...(relay.present ? { relay: relay.oneOf(RELAYS) } : {}),
      ...(preview.present ? { permissionPreview: preview.oneOf(PREVIEWS) } : {}),
      ...(unanswered.present ? { unansweredTurn: unanswered.oneOf(UNANSWERED) } : {}),
      limits: limits.present ? parseLimits(limits) : {},
    },
    warnings: [
      ...warnKeys(file, keys, ['$schema', ...KEYS]),
      ...warnKeys(file, permissionKeys, PERMISSION_KEYS, 'permissions.'),
      ...warnKeys(file, limitKeys, LIMIT_KEYS, 'limits.'),
    ],
  }
}

function parseChannels(channels: JsonField): readonly string[] {
  const entries = channels.items('a list of channel entries').map((item) => {
    const entry = item.string('a channel entry such as "plugin:fakechat@backchannel"')
    if (!isEntry(entry))
      throw item.refuse('plugin:NAME@MARKETPLACE or server:NAME', describe(entry), suggestEntry(entry))
    return entry
  })
  return [...new Set(entries)]
}

function parsePermissions(permissions: JsonField, origin: RuleOrigin): PermissionSettings {
  const mode = permissions.member('defaultMode')
  const lists = RULE_LISTS.map((list) => {
    const field = permissions.member(list)
    const items = field.present ? field.items('a list of rules') : []
    if (items.length > MOST_RULES) throw field.refuse(`a list of at most ${MOST_RULES} rules`)
    return [list, items.map((item) => parseRuleField(item, origin))] as const
  })
  return {
    ...NO_RULES,
    ...Object.fromEntries(lists),
    ...(mode.present ? { defaultMode: mode.oneOf(PERMISSION_MODES) } : {}),
  }
}

function suggestEntry(text: string): string | undefined {
  try {
    parseEntry(text)
    return undefined
  } catch (error) {
    return BackchannelError.is(error) ? error.hint : undefined
  }
}

function parseLimits(limits: JsonField): Partial<Limits> {
  const set = LIMIT_KEYS.map((key) => [key, limits.member(key)] as const).filter(([, field]) => field.present)
  return Object.fromEntries(set.map(([key, field]) => [key, field.count(LARGEST_LIMITS[key])]))
}

/** One warning for each unknown key, up to a number that can still be read. */
function warnKeys(file: string, keys: readonly string[], known: readonly string[], prefix = ''): readonly string[] {
  const unknown = keys.filter((key) => !known.includes(key))
  const warnings = unknown.slice(0, MOST_WARNINGS).map((key) => warnKey(file, key, known, prefix))
  const rest = unknown.length - warnings.length
  return rest === 0 ? warnings : [...warnings, `${file}: ${rest} more unknown keys are ignored.`]
}

function warnKey(file: string, key: string, known: readonly string[], prefix: string): string {
  if (prefix === '' && MANAGED_KEYS.includes(key))
    return `${file}: "${key}" is ignored here: only the organisation's managed settings can set it.`
  const names = known.filter((name) => !name.startsWith('$'))
  const meant = nearest(key, names)
  const end = meant === undefined ? `Known keys: ${names.join(', ')}.` : `Did you mean "${prefix}${meant}"?`
  return `${file}: unknown key ${quote(prefix + key)} is ignored. ${end}`
}
