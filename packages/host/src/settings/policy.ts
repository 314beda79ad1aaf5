/**
 * The organisation's word on channels (contract 7): reads the managed settings and turns them into one decision.
 * It fails closed: a managed file that cannot be understood blocks every channel and says why.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { renderError } from '@backchannel/protocol'
import { JsonField } from '../json/field.ts'
import { errorCode, readJsonFile } from '../json/read.ts'
import type { HostPaths } from './paths.ts'

export interface AllowedPlugin {
  readonly marketplace: string
  readonly plugin: string
}

export type Plan = 'individual' | 'console' | 'team' | 'enterprise'
const PLANS: readonly Plan[] = ['individual', 'console', 'team', 'enterprise']

/** What all managed files say together. */
export interface ManagedSettings {
  readonly channelsEnabled?: boolean
  /** Replaces the default allowlist; an empty list blocks every plugin. */
  readonly allowedChannelPlugins?: readonly AllowedPlugin[]
  readonly plan?: Plan
  /** The managed files that are there, broken ones included, in the order they were read. */
  readonly files: readonly string[]
  /** What is wrong with which file; set together with `channelsEnabled: false`. */
  readonly problem?: string
}

/** The decision that admission works with. */
export interface ChannelPolicy {
  readonly channelsAllowed: boolean
  /** A clause for people: which file says so. */
  readonly because: string
  readonly allowedChannelPlugins?: readonly AllowedPlugin[]
}

/**
 * Reads `managed-settings.json`, then `managed-settings.d/*.json` in the order of their names. Off wins over on, lists
 * intersect, the last `plan` counts. Never throws.
 */
export async function readManagedSettings({ managed }: Pick<HostPaths, 'managed'>): Promise<ManagedSettings> {
  const parts = [await readManaged(managed.file)]
  try {
    const names = (await readdir(managed.folder)).filter((name) => name.endsWith('.json') && !name.startsWith('.'))
    for (const name of names.sort()) parts.push(await readManaged(join(managed.folder, name)))
  } catch (cause) {
    if (errorCode(cause) !== 'ENOENT')
      parts.push(blocked(managed.folder, `${managed.folder} cannot be read (${errorCode(cause)}).`))
  }
  return parts.reduce(merge)
}

/** Reads the one file of `--managed-settings`. Unlike the system's files it must exist: a missing one blocks. */
export async function readManagedFile(file: string): Promise<ManagedSettings> {
  const settings = await readManaged(file)
  return settings.files.length > 0 ? settings : blocked(file, `${file} does not exist.`)
}

/** No managed settings: allowed. Once an organisation deploys any, they must say `channelsEnabled: true`. */
export function effectivePolicy(managed: ManagedSettings): ChannelPolicy {
  const files = managed.files.join(', ')
  if (managed.problem !== undefined) return block(`the managed settings cannot be used: ${managed.problem}`)
  if (managed.files.length === 0)
    return { channelsAllowed: true, because: 'no organisation deploys managed settings here' }
  if (managed.channelsEnabled === false) return block(`channelsEnabled is false in the managed settings (${files})`)
  if (managed.channelsEnabled === undefined)
    return block(`the organisation deploys managed settings (${files}) that do not set channelsEnabled: true`)
  const { allowedChannelPlugins } = managed
  return {
    channelsAllowed: true,
    because: `channelsEnabled is true in the managed settings (${files})`,
    ...(allowedChannelPlugins === undefined ? {} : { allowedChannelPlugins }),
  }
}

/** Both policies at once: what `--managed-settings` adds can only take away from what the system says. */
export function tightenPolicy(policy: ChannelPolicy, further: ChannelPolicy): ChannelPolicy {
  if (!policy.channelsAllowed) return policy
  if (!further.channelsAllowed) return further
  const allowed = intersect(policy.allowedChannelPlugins, further.allowedChannelPlugins)
  return { ...policy, ...(allowed === undefined ? {} : { allowedChannelPlugins: allowed }) }
}

async function readManaged(file: string): Promise<ManagedSettings> {
  const source = { file, code: 'settings-invalid' } as const
  try {
    const found = await readJsonFile(source)
    return found === undefined ? { files: [] } : parseManaged(new JsonField(found.value, source), file)
  } catch (error) {
    return blocked(file, renderError(error))
  }
}

function parseManaged(root: JsonField, file: string): ManagedSettings {
  const enabled = root.member('channelsEnabled')
  const allowed = root.member('allowedChannelPlugins')
  const plan = root.member('plan')
  return {
    ...(enabled.present ? { channelsEnabled: enabled.boolean() } : {}),
    ...(allowed.present ? { allowedChannelPlugins: allowed.items().map(parseAllowed) } : {}),
    ...(plan.present ? { plan: plan.oneOf(PLANS) } : {}),
    files: [file],
  }
}

function parseAllowed(item: JsonField): AllowedPlugin {
  item.record('an object with "marketplace" and "plugin"')
  return { marketplace: item.member('marketplace').string(), plugin: item.member('plugin').string() }
}

function merge(one: ManagedSettings, other: ManagedSettings): ManagedSettings {
  const allowed = intersect(one.allowedChannelPlugins, other.allowedChannelPlugins)
  const enabled = [one.channelsEnabled, other.channelsEnabled].filter((value) => value !== undefined)
  const plan = other.plan ?? one.plan
  const problem = [one.problem, other.problem].filter((text) => text !== undefined).join(' ')
  return {
    ...(enabled.length === 0 ? {} : { channelsEnabled: enabled.every(Boolean) }),
    ...(allowed === undefined ? {} : { allowedChannelPlugins: allowed }),
    ...(plan === undefined ? {} : { plan }),
    files: [...one.files, ...other.files],
    ...(problem === '' ? {} : { problem }),
  }
}

function intersect(
  one: readonly AllowedPlugin[] | undefined,
  other: readonly AllowedPlugin[] | undefined,
): readonly AllowedPlugin[] | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return one.filter(({ marketplace, plugin }) =>
    other.some((item) => item.marketplace === marketplace && item.plugin === plugin),
  )
}

function blocked(file: string, problem: string): ManagedSettings {
  return { channelsEnabled: false, files: [file], problem }
}

function block(because: string): ChannelPolicy {
  return { channelsAllowed: false, because }
}
