/** The policy of a running session: read once before it starts, and again whenever a managed file may have changed. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type ManagedFile, readManagedFiles, readManagedFlag } from './managed.ts'
import type { HostPaths } from './paths.ts'
import { type ChannelPolicy, effectivePolicy, tightenPolicy } from './policy.ts'
import { type PlaceWatch, watchPlaces } from './watch-places.ts'

export interface PolicyReading {
  readonly policy: ChannelPolicy
  /** Every managed file that was looked at, those that are absent too. */
  readonly files: readonly ManagedFile[]
}

export interface PolicySource {
  /** As last read. */
  readonly current: PolicyReading
  /**
   * Follows the files from now on.
   * @param changed called after each change of the policy; `current` is the new one
   * @returns what ends it
   */
  watch(changed: () => void): () => void
}

export interface PolicyOptions {
  readonly paths: Pick<HostPaths, 'managed' | 'claudeManaged'>
  /** The file of `--managed-settings`, absolute: it can only take away from what the system's files say. */
  readonly flag?: string | undefined
  /** How often the files are read without a sign, in milliseconds. Default {@link LOOK_MS}. */
  readonly lookMs?: number
  /** How a change is noticed at once. */
  readonly watchPlaces?: (paths: readonly string[], changed: () => void) => PlaceWatch
}

/** What no watcher sees is noticed after this long at most. */
export const LOOK_MS = 5_000
/** A file that is being written looks broken for a moment; what is still broken after this long counts. */
const SETTLE_MS = 100

/** Never throws: a file that can't be used makes a policy that blocks. */
export async function readPolicy({ paths, flag }: PolicyOptions): Promise<PolicyReading> {
  const system = await readManagedFiles(paths)
  const policy = effectivePolicy(system)
  if (flag === undefined) return { policy, files: system }
  const further = await readManagedFlag(flag)
  return { policy: tightenPolicy(policy, effectivePolicy([further])), files: [...system, further] }
}

export async function openPolicy(options: PolicyOptions): Promise<PolicySource> {
  let current = await readPolicy(options)
  return {
    get current() {
      return current
    },
    watch: (changed) =>
      follow(options, (reading) => {
        const before = current
        current = reading
        if (JSON.stringify(before.policy) !== JSON.stringify(reading.policy)) changed()
      }),
  }
}

/** Reads after each sign, one reading at a time; a sign that comes meanwhile makes one more. */
function follow(options: PolicyOptions, take: (reading: PolicyReading) => void): () => void {
  const { paths, flag, lookMs = LOOK_MS } = options
  const closing = new AbortController()
  let reading = false
  let again = false

  const read = async (): Promise<PolicyReading> => {
    watcher.renew()
    const first = await readPolicy(options)
    if (!first.files.some(({ state }) => state === 'broken')) return first
    await sleep(SETTLE_MS, undefined, { signal: closing.signal }).catch(() => {})
    return await readPolicy(options)
  }
  const look = async (): Promise<void> => {
    again = true
    if (reading) return
    reading = true
    while (again && !closing.signal.aborted) {
      again = false
      const found = await read()
      if (!closing.signal.aborted) take(found)
    }
    reading = false
  }
  const places = [paths.managed, ...paths.claudeManaged].flatMap(({ file, folder }) => [file, folder])
  const watcher = (options.watchPlaces ?? watchPlaces)(
    flag === undefined ? places : [...places, flag],
    () => void look(),
  )
  const timer = setInterval(() => void look(), lookMs)
  timer.unref()
  // It may have changed since it was read.
  void look()
  return () => {
    closing.abort()
    clearInterval(timer)
    watcher.close()
  }
}
