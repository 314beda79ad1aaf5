/** `backchannel doctor policy`: gathers what decides about channels on this machine, and what it means for one entry. */
import { join, resolve } from 'node:path'
import { type Entry, type RefusalReason, renderEntry, renderError } from '@backchannel/protocol'
import { createAllowlist } from '../channels/allowlist.ts'
import type { ServerPlan } from '../channels/channel.ts'
import { connectServer } from '../channels/connection.ts'
import { readMcpConfig, type ServerProblem, type ServerSpec } from '../mcp/config.ts'
import type { Catalog } from '../plugins/catalog.ts'
import { planServers, type Refusal } from '../session/plan.ts'
import { readAllowedChannels } from '../settings/allowed-channels.ts'
import type { HostPaths } from '../settings/paths.ts'
import { openPolicy } from '../settings/policy-source.ts'
import { DEFAULT_LIMITS } from '../settings/schema.ts'
import { type Declared, type EntryReport, reportEntry } from './entry-chain.ts'
import { type PolicyReport, reportPolicy } from './policy-report.ts'
import { withScratch } from './scratch.ts'

export interface PolicyDiagnosisOptions {
  readonly paths: HostPaths
  readonly catalog: Catalog
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly platform: NodeJS.Platform
  /** The files of these flags, as a session would be given them. */
  readonly settings?: string | undefined
  readonly managedSettings?: string | undefined
  readonly mcpConfig?: string | undefined
  readonly entry?: Entry | undefined
  /** Starts the server of the entry, to learn what it declares. */
  readonly start: boolean
  readonly signal: AbortSignal
  /** Called before the server is started: this may take a moment. */
  progress(entry: string): void
}

export interface PolicyDiagnosis extends PolicyReport {
  readonly entry?: EntryReport
}

/** @throws BackchannelError for a file that `mcpConfig` names and that can't be used */
export async function diagnosePolicy(options: PolicyDiagnosisOptions): Promise<PolicyDiagnosis> {
  const { paths, cwd, entry, managedSettings } = options
  const flag = managedSettings === undefined ? undefined : resolve(cwd, managedSettings)
  const reading = (await openPolicy({ paths, flag })).current
  const report = await reportPolicy({ paths, cwd, extra: options.settings, reading })
  if (entry === undefined) return report
  const named = report.settings['channels']
  const isNamed = Array.isArray(named?.value) && named.value.includes(renderEntry(entry))
  const planned = await findServer(entry, options)
  if ('reason' in planned) return { ...report, entry: notStarted(planned) }
  const declared = options.start ? await declare(planned, options) : undefined
  if (declared !== undefined && 'reason' in declared) return { ...report, entry: notStarted(declared) }
  const added = await readAllowedChannels(paths.settings).catch(() => [])
  const allowlist = createAllowlist((found) => options.catalog.source(found), added)
  const optedInBy = isNamed ? named.from[0] : undefined
  return { ...report, entry: reportEntry({ entry, reading, allowlist, optedInBy, declared }) }
}

/** As a session would plan it: its command, or why there is none. */
async function findServer(entry: Entry, options: PolicyDiagnosisOptions): Promise<ServerPlan | Refusal> {
  const { cwd, mcpConfig } = options
  const broken = new Map<string, Refusal>()
  const read = async (file: string, optional: boolean): Promise<readonly ServerSpec[]> => {
    const { servers, problems } = await readMcpConfig(file, { optional })
    for (const problem of problems) note(problem)
    return servers
  }
  const note = ({ server, message }: ServerProblem) => {
    if (server !== undefined) broken.set(server, { entry: `server:${server}`, reason: 'failed-to-start', message })
  }
  const given = mcpConfig === undefined ? [] : await read(resolve(cwd, mcpConfig), false)
  const servers = entry.kind === 'server' ? [...given, ...(await read(join(cwd, '.mcp.json'), true))] : []
  const named = [{ entry, optIn: 'channels' }] as const
  const plan = await planServers({ ...options, named, servers, refusedServers: broken, notice() {} })
  const [found] = plan.plans.filter((one) => one.named)
  const [refusal] = plan.refusals
  if (found) return found
  return refusal ?? { entry: renderEntry(entry), reason: 'not-found', message: 'It was not found.' }
}

/** Starts it as the ping does: with a state directory of its own, and gone again after the handshake. */
async function declare({ entry, command }: ServerPlan, options: PolicyDiagnosisOptions): Promise<Declared | Refusal> {
  options.progress(renderEntry(entry))
  try {
    return await withScratch(entry, command, async (moved) => {
      const handlers = {
        contract() {},
        garbage() {},
        tooLong() {},
        problem() {},
        stderr: (stream: NodeJS.ReadableStream) => void stream.resume(),
      }
      const connection = await connectServer({
        ...moved,
        signal: options.signal,
        startTimeoutMs: DEFAULT_LIMITS.startTimeoutMs,
        handlers,
      })
      const { capabilities, revision } = connection
      await connection.close()
      return { capabilities, revision }
    })
  } catch (thrown) {
    return { entry: renderEntry(entry), reason: 'failed-to-start', message: renderError(thrown) }
  }
}

const WHO: Partial<Record<RefusalReason, string>> = { 'not-found': 'you' }

/** It never comes to the steps. */
function notStarted({ entry, reason, message }: Refusal): EntryReport {
  const who = WHO[reason] ?? 'you, or the author of the server'
  return { entry, steps: [], refused: { reason, message, who_can_change: who } }
}
