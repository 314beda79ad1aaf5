/** Every effective value of a session here with the file it comes from, and every managed file that was looked at. */
import { renderError } from '@backchannel/protocol'
import { RULE_LISTS } from '../permissions/rules.ts'
import { renderSource } from '../plugins/marketplaces/source.ts'
import type { ManagedFile, ManagedOwner } from '../settings/managed.ts'
import type { HostPaths } from '../settings/paths.ts'
import { type ManagedValue, mergeManaged } from '../settings/policy.ts'
import type { PolicyReading } from '../settings/policy-source.ts'
import { readSettings, type SettingsReport } from '../settings/read.ts'
import { DEFAULT_LIMITS } from '../settings/schema.ts'

export interface ReportedValue {
  /** As in the file; `null` where it is not set and has no default. */
  readonly value: unknown
  /** The files it comes from; none for a default. */
  readonly from: readonly string[]
  readonly note?: string
}

export interface ReportedFile {
  readonly file: string
  readonly owner: ManagedOwner
  readonly state: ManagedFile['state']
  readonly problem?: string
  readonly note?: string
}

/** The fields are those of `--json`. */
export interface PolicyReport {
  readonly channels_allowed: boolean
  /** Which file says so, and where channels are off, who can change it. */
  readonly because: string
  readonly managed: Readonly<Record<string, ReportedValue>>
  readonly managed_files: readonly ReportedFile[]
  readonly settings: Readonly<Record<string, ReportedValue>>
  readonly settings_files: readonly string[]
  /** Of settings that can't be used: a session would not start. */
  readonly settings_problem?: string
  readonly warnings: readonly string[]
  readonly not_seen: string
}

/** Said wherever the policy of this machine is shown. */
export const NOT_SEEN =
  "what an organisation sets in a vendor's web console, and what reaches Claude Code by device management or the Windows registry"

export const DEFAULT_ALLOWLIST =
  'every channel that comes with the command, and telegram, discord, imessage and fakechat of the repository anthropics/claude-plugins-official'

/** What a key that no file sets means; of the others see docs/settings.md. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  channels: [],
  allowedChannels: [],
  agent: null,
  relay: 'origin',
  permissionPreview: 'full',
  'permissions.defaultMode': 'default',
}

export interface PolicyReportOptions {
  readonly paths: HostPaths
  readonly cwd: string
  /** The file of `--settings`. */
  readonly extra?: string | undefined
  readonly reading: PolicyReading
}

/** Never rejects: settings that can't be used are a `settings_problem`. */
export async function reportPolicy({ paths, cwd, extra, reading }: PolicyReportOptions): Promise<PolicyReport> {
  const { policy, files } = reading
  const base = {
    channels_allowed: policy.channelsAllowed,
    because: policy.because,
    managed: reportManaged(reading),
    managed_files: files.map(reportFile),
    not_seen: NOT_SEEN,
  }
  try {
    const report = await readSettings({ paths, cwd, ...(extra === undefined ? {} : { extra }) })
    const { files: read, warnings } = report
    return { ...base, settings: reportSettings(report), settings_files: read, warnings }
  } catch (thrown) {
    return { ...base, settings: {}, settings_files: [], settings_problem: renderError(thrown), warnings: [] }
  }
}

function reportManaged({ policy, files }: PolicyReading): Record<string, ReportedValue> {
  const { channelsEnabled, allowedChannelPlugins, plan } = mergeManaged(files)
  const { listedIn, allowedChannelPlugins: list } = policy
  const counts = allowedChannelPlugins.value === undefined || channelsEnabled.value === true
  return {
    channelsEnabled: reportValue(channelsEnabled),
    allowedChannelPlugins: {
      ...reportValue(allowedChannelPlugins),
      ...(counts ? {} : { note: 'has no effect without channelsEnabled: true' }),
    },
    plan: reportValue(plan),
    allowlist:
      list === undefined
        ? { value: DEFAULT_ALLOWLIST, from: [] }
        : { value: list.map(({ marketplace, plugin }) => `plugin:${plugin}@${marketplace}`), from: listedIn ?? [] },
  }
}

function reportValue({ value, from }: ManagedValue<unknown>): ReportedValue {
  return { value: value ?? null, from: from.map(({ file }) => file) }
}

function reportFile({ file, owner, state, problem, passedOver }: ManagedFile): ReportedFile {
  return {
    file,
    owner,
    state,
    ...(problem === undefined ? {} : { problem }),
    ...(passedOver === undefined
      ? {}
      : { note: `${passedOver} of its allowedChannelPlugins have a form not known here, and allow nothing` }),
  }
}

function reportSettings({ settings, origins }: SettingsReport): Record<string, ReportedValue> {
  const { channels, allowedChannels, agent, relay, permissionPreview, permissions, limits } = settings
  const values: Record<string, unknown> = {
    channels,
    allowedChannels: allowedChannels.map(({ source, ...names }) => ({ ...names, source: renderSource(source) })),
    agent,
    relay,
    permissionPreview,
    'permissions.defaultMode': permissions.defaultMode,
  }
  const rules = RULE_LISTS.map((list) => {
    const rulesOfList = permissions[list]
    const value = rulesOfList.map(({ text }) => text)
    return [`permissions.${list}`, { value, from: [...new Set(rulesOfList.map(({ from }) => from))] }] as const
  })
  const limitKeys = Object.keys(DEFAULT_LIMITS) as (keyof typeof limits)[]
  const ofKey = (key: string, value: unknown) => {
    const file = origins.get(key)
    return [key, { value: value ?? DEFAULTS[key] ?? null, from: file === undefined ? [] : [file] }] as const
  }
  return Object.fromEntries([
    ...Object.entries(values).map(([key, value]) => ofKey(key, value)),
    ...rules,
    ...limitKeys.map((key) => ofKey(`limits.${key}`, limits[key])),
  ])
}
