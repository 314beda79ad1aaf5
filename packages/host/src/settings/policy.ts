/**
 * The organisation's word on channels (contract 7): turns the managed files into one decision. It fails closed: a file
 * that cannot be understood blocks every channel, and what is not clearly "on" where an organisation has files is off.
 */
import type { AllowedPlugin, ManagedFile, Plan } from './managed.ts'

export type { AllowedPlugin } from './managed.ts'

/** The decision that admission works with. */
export interface ChannelPolicy {
  readonly channelsAllowed: boolean
  /** A clause for people: which file says so, and where channels are off, who can change it. */
  readonly because: string
  /** Replaces the default allowlist; an empty list allows no plugin. */
  readonly allowedChannelPlugins?: readonly AllowedPlugin[]
  /** The files that the list comes from. */
  readonly listedIn?: readonly string[]
}

/** A key's value after all files, and those that it comes from; no value where no file sets it. */
export interface ManagedValue<Value> {
  readonly value?: Value
  readonly from: readonly ManagedFile[]
}

export interface ManagedValues {
  /** Off wins over on. */
  readonly channelsEnabled: ManagedValue<boolean>
  /** Several lists intersect. */
  readonly allowedChannelPlugins: ManagedValue<readonly AllowedPlugin[]>
  /** The strictest counts. */
  readonly plan: ManagedValue<Plan>
}

const STRICTEST_FIRST: readonly Plan[] = ['enterprise', 'team', 'console', 'individual']

export function mergeManaged(files: readonly ManagedFile[]): ManagedValues {
  const off = files.filter(({ channelsEnabled }) => channelsEnabled === false)
  const on = files.filter(({ channelsEnabled }) => channelsEnabled === true)
  const enabled = off.length > 0 ? { value: false, from: off } : { value: true, from: on }
  const listing = files.filter(({ allowedChannelPlugins }) => allowedChannelPlugins !== undefined)
  const list = listing.map(({ allowedChannelPlugins }) => allowedChannelPlugins).reduce(intersect, undefined)
  const strictest = STRICTEST_FIRST.find((name) => files.some(({ plan }) => plan === name))
  return {
    channelsEnabled: enabled.from.length === 0 ? { from: [] } : enabled,
    allowedChannelPlugins: list === undefined ? { from: [] } : { value: list, from: listing },
    plan:
      strictest === undefined
        ? { from: [] }
        : { value: strictest, from: files.filter(({ plan }) => plan === strictest) },
  }
}

/**
 * No managed file: allowed. Where there is one, `channelsEnabled: true` is required, unless the plan is an individual's,
 * who has no organisation. The table is in docs/policy.md.
 */
export function effectivePolicy(all: readonly ManagedFile[]): ChannelPolicy {
  const files = all.filter(({ state }) => state !== 'absent')
  const broken = files.filter(({ state }) => state === 'broken')
  const { channelsEnabled, allowedChannelPlugins: list, plan } = mergeManaged(files)
  if (broken.length > 0) {
    const problems = broken.map(({ problem = '' }) => problem.replace(/\.$/, '')).join('; ')
    return block(`a managed file cannot be used: ${problems}; ${whoCan(broken)} can correct it`)
  }
  if (files.length === 0) return { channelsAllowed: true, because: 'no organisation deploys managed settings here' }
  const { value, from } = channelsEnabled
  if (value === false) return block(`channelsEnabled is false in ${names(from)}; ${whoCan(from)} can set it to true`)
  if (value === undefined && plan.value === 'individual')
    return { channelsAllowed: true, because: `the plan is "individual" in ${names(plan.from)}` }
  if (value === undefined) {
    const said = plan.value === undefined ? '' : `, for the plan "${plan.value}",`
    return block(
      `the organisation deploys managed settings (${names(files)})${said} that do not set channelsEnabled: true; ${whoCan(files)} can set it`,
    )
  }
  return {
    channelsAllowed: true,
    because: `channelsEnabled is true in ${names(from)}`,
    ...(list.value === undefined
      ? {}
      : { allowedChannelPlugins: list.value, listedIn: list.from.map(({ file }) => file) }),
  }
}

/** Both policies at once: what `--managed-settings` adds can only take away from what the system says. */
export function tightenPolicy(policy: ChannelPolicy, further: ChannelPolicy): ChannelPolicy {
  if (!policy.channelsAllowed) return policy
  if (!further.channelsAllowed) return further
  const allowed = intersect(policy.allowedChannelPlugins, further.allowedChannelPlugins)
  const because = `${policy.because}; ${further.because}`
  if (allowed === undefined) return { channelsAllowed: true, because }
  const listedIn = [...(policy.listedIn ?? []), ...(further.listedIn ?? [])]
  return { channelsAllowed: true, because, allowedChannelPlugins: allowed, listedIn }
}

/** Who can change what these files say. */
export function whoCan(files: readonly ManagedFile[]): string {
  return files.every(({ owner }) => owner === 'flag')
    ? 'whoever starts the session with --managed-settings, or an administrator,'
    : 'an administrator of this machine'
}

function names(files: readonly ManagedFile[]): string {
  return files.map(({ file }) => file).join(', ')
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

function block(because: string): ChannelPolicy {
  return { channelsAllowed: false, because }
}
