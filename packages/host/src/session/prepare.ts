/** Everything between the command line and a running session: policy, the development warning, MCP files, consent. */
import { join } from 'node:path'
import { type Entry, renderEntry, renderError } from '@backchannel/protocol'
import { admit, type OptIn } from '../channels/admission.ts'
import { createDefaultAllowlist } from '../channels/allowlist.ts'
import { readMcpConfig, type ServerSpec } from '../mcp/config.ts'
import { createConsents } from '../mcp/consents.ts'
import { createCatalog } from '../plugins/catalog.ts'
import type { HostPaths } from '../settings/paths.ts'
import type { ChannelPolicy } from '../settings/policy.ts'
import { effectivePolicy, readManagedFile, readManagedSettings, tightenPolicy } from '../settings/policy.ts'
import type { NoticeLevel } from '../ui/events.ts'
import type { Dialogs } from '../ui/interaction.ts'
import { askConsents } from './consent.ts'
import { type NamedEntry, planServers, type Refusal } from './plan.ts'
import type { SessionOptions } from './session.ts'

export interface PrepareOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly platform: NodeJS.Platform
  readonly paths: HostPaths
  /** The folder of the built-in marketplace. */
  readonly builtIn: string
  readonly named: readonly NamedEntry[]
  readonly mcpConfig: string | undefined
  readonly managedSettings: string | undefined
  /** Headless: accepts the warning about development channels. */
  readonly acceptDevelopment: boolean
  /** Absent in a headless session. */
  readonly dialogs: Dialogs | undefined
  readonly signal: AbortSignal
}

export type Prepared = Pick<SessionOptions, 'plans' | 'refusals' | 'notices' | 'admit'>

/**
 * @returns `declined` where the operator left the warning about development channels by its exit
 * @throws BackchannelError for a file that a flag names and that can't be used
 */
export async function prepareSession(options: PrepareOptions): Promise<Prepared | 'declined'> {
  const { named, cwd, env, dialogs, signal } = options
  const notices: { level: NoticeLevel; message: string }[] = []
  const notice = (level: NoticeLevel, message: string) => void notices.push({ level, message })
  const policy = await readPolicy(options)
  const development = named.filter(({ optIn }) => optIn === 'development').map(({ entry }) => renderEntry(entry))
  if (dialogs && development.length > 0) {
    const answer = await dialogs.confirmDevelopmentChannels(development, signal)
    if (answer === 'exit') return 'declined'
  }
  const developmentAccepted = dialogs !== undefined || options.acceptDevelopment

  const project = await readProjectServers(cwd, notice)
  const given = options.mcpConfig === undefined ? [] : await readServers(options.mcpConfig, notice, false)
  const consents = createConsents(options.paths.consents)
  const consent = await askConsents({ cwd, servers: project, named, consents, dialogs, notice, signal })
  const accepted = named.filter(({ optIn }) => developmentAccepted || optIn !== 'development')
  const catalog = createCatalog({ builtin: options.builtIn, env })
  const allowlist = createDefaultAllowlist((marketplace) => catalog.source(marketplace))
  const plan = await planServers({
    cwd,
    env,
    named: accepted,
    servers: [...given, ...consent.allowed.filter(({ name }) => !given.some((server) => server.name === name))],
    refusedServers: consent.refused,
    home: options.home,
    platform: options.platform,
    catalog,
    notice,
  })
  return {
    plans: plan.plans,
    refusals: [...plan.refusals, ...named.filter((item) => !accepted.includes(item)).map(notAccepted)],
    notices,
    admit: ({ entry }, declared, revision) =>
      admit({
        entry,
        declared,
        revision,
        optIn: optIn(accepted, entry),
        policy,
        allowlist,
        developmentAccepted,
      }),
  }
}

async function readPolicy({ paths, managedSettings }: PrepareOptions): Promise<ChannelPolicy> {
  const system = effectivePolicy(await readManagedSettings(paths))
  if (managedSettings === undefined) return system
  return tightenPolicy(system, effectivePolicy(await readManagedFile(managedSettings)))
}

function optIn(named: readonly NamedEntry[], entry: Entry): OptIn | undefined {
  const found = named.find((item) => renderEntry(item.entry) === renderEntry(entry))
  return found && { kind: found.optIn }
}

/** A broken project file is told, and the session goes on without its servers. */
async function readProjectServers(cwd: string, notice: (level: NoticeLevel, message: string) => void) {
  try {
    return await readServers(join(cwd, '.mcp.json'), notice, true)
  } catch (thrown) {
    notice('error', renderError(thrown))
    return []
  }
}

async function readServers(
  file: string,
  notice: (level: NoticeLevel, message: string) => void,
  optional: boolean,
): Promise<readonly ServerSpec[]> {
  const { servers, problems } = await readMcpConfig(file, { optional })
  for (const { message } of problems) notice('error', message)
  return servers
}

function notAccepted({ entry }: NamedEntry): Refusal {
  return {
    entry: renderEntry(entry),
    reason: 'development-not-accepted',
    message: `${renderEntry(entry)} is a development channel, and the warning about those was not accepted. Add --accept-development-channels to a headless start.`,
  }
}
