/** Everything between the command line and a running session: policy, the development warning, MCP files, consent. */
import { join, resolve } from 'node:path'
import { type Entry, renderEntry, renderError } from '@backchannel/protocol'
import { admit, type OptIn, switchedOff } from '../channels/admission.ts'
import { type AllowedChannel, createAllowlist } from '../channels/allowlist.ts'
import { readMcpConfig, type ServerProblem, type ServerSpec } from '../mcp/config.ts'
import { createConsents } from '../mcp/consents.ts'
import { createCatalog } from '../plugins/catalog.ts'
import type { HostPaths } from '../settings/paths.ts'
import type { ChannelPolicy } from '../settings/policy.ts'
import { openPolicy } from '../settings/policy-source.ts'
import type { NoticeLevel } from '../ui/events.ts'
import type { Dialogs } from '../ui/interaction.ts'
import { askConsents } from './consent.ts'
import { readInstalled } from './installed-plugins.ts'
import { type NamedEntry, type Plan, planServers, type Refusal } from './plan.ts'
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
  /** Starts what is named, and nothing else: no servers of the project, no installed plugins. */
  readonly onlyNamed?: boolean
  readonly mcpConfig: string | undefined
  readonly managedSettings: string | undefined
  /** Headless: accepts the warning about development channels. */
  readonly acceptDevelopment: boolean
  /** Absent in a headless session. */
  readonly dialogs: Dialogs | undefined
  /** The user's own allowlist; read again when plugins are. Absent: empty. */
  readonly allowedChannels?: () => Promise<readonly AllowedChannel[]>
  readonly signal: AbortSignal
}

export type Prepared = Pick<SessionOptions, 'plans' | 'refusals' | 'notices' | 'admit' | 'policy' | 'planAgain'>

/**
 * @returns `declined` where the operator left the warning about development channels by its exit, or the signal aborted
 * @throws BackchannelError for a file that a flag names and that can't be used
 */
export async function prepareSession(options: PrepareOptions): Promise<Prepared | 'declined'> {
  try {
    const prepared = await prepare(options)
    return options.signal.aborted ? 'declined' : prepared
  } catch (thrown) {
    if (options.signal.aborted) return 'declined'
    throw thrown
  }
}

async function prepare(options: PrepareOptions): Promise<Prepared | 'declined'> {
  const { named, cwd, env, dialogs, signal } = options
  const notices: { level: NoticeLevel; message: string }[] = []
  const notice = (level: NoticeLevel, message: string) => void notices.push({ level, message })
  const flag = options.managedSettings === undefined ? undefined : resolve(cwd, options.managedSettings)
  const policy = await openPolicy({ paths: options.paths, flag })
  const development = named.filter(({ optIn }) => optIn === 'development').map(({ entry }) => renderEntry(entry))
  if (dialogs && development.length > 0) {
    const answer = await dialogs.confirmDevelopmentChannels(development, signal)
    if (answer === 'exit') return 'declined'
  }
  const developmentAccepted = dialogs !== undefined || options.acceptDevelopment

  const accepted = named.filter(({ optIn }) => developmentAccepted || optIn !== 'development')
  const declined = named.filter((item) => !accepted.includes(item))

  const isNamed = (name: string, among: readonly NamedEntry[]) =>
    among.some(({ entry }) => entry.kind === 'server' && entry.name === name)
  const broken = new Map<string, Refusal>()
  const problem = ({ server, message }: ServerProblem) => {
    if (server !== undefined && isNamed(server, accepted)) broken.set(server, brokenServer(server, message))
    else notice('error', message)
  }
  // A server of which the entry was refused already is not started as a plain one either.
  const mayStart = ({ name }: ServerSpec) => !isNamed(name, declined)
  const given = (await readGivenServers(options, problem)).filter(mayStart)
  const project = (options.onlyNamed ? [] : await readProjectServers(cwd, problem))
    .filter(mayStart)
    .filter(({ name }) => !given.some((server) => server.name === name))
  const consents = createConsents(options.paths.consents)
  const consent = await askConsents({ cwd, servers: project, named: accepted, consents, dialogs, notice, signal })
  const catalog = createCatalog({ builtin: options.builtIn, installed: options.paths.plugins, cwd, env })
  let allowlist = createAllowlist((entry) => catalog.source(entry))
  /** Everything but the plugins is as it was found at the start. */
  const plan = async (tell: (level: NoticeLevel, message: string) => void): Promise<Plan> => {
    const allowed = await options.allowedChannels?.()
    allowlist = createAllowlist((entry) => catalog.source(entry), allowed)
    return await planServers({
      cwd,
      env,
      named: accepted,
      servers: [...given, ...consent.allowed],
      refusedServers: new Map([...consent.refused, ...broken]),
      home: options.home,
      platform: options.platform,
      catalog,
      installed: options.onlyNamed ? [] : await readInstalled(options.paths.plugins, tell),
      notice: tell,
    })
  }
  const { plans, refusals } = await plan(notice)
  return {
    plans,
    refusals: [...refusals, ...declined.map((item) => notAccepted(item, policy.current.policy))],
    notices,
    policy,
    planAgain: async () => {
      const told: { level: NoticeLevel; message: string }[] = []
      const again = await plan((level, message) => void told.push({ level, message }))
      return { ...again, notices: told }
    },
    admit: ({ entry }, declared, revision) =>
      admit({
        entry,
        declared,
        revision,
        optIn: optIn(accepted, entry),
        policy: policy.current.policy,
        allowlist: (asked) => allowlist(asked),
        developmentAccepted,
      }),
  }
}

function optIn(named: readonly NamedEntry[], entry: Entry): OptIn | undefined {
  const found = named.find((item) => renderEntry(item.entry) === renderEntry(entry))
  return found && { kind: found.optIn }
}

type TellProblem = (problem: ServerProblem) => void

async function readGivenServers({ cwd, mcpConfig }: PrepareOptions, tell: TellProblem): Promise<readonly ServerSpec[]> {
  return mcpConfig === undefined ? [] : await readServers(resolve(cwd, mcpConfig), tell, false)
}

/** A broken project file is told, and the session goes on without its servers. */
async function readProjectServers(cwd: string, tell: TellProblem): Promise<readonly ServerSpec[]> {
  try {
    return await readServers(join(cwd, '.mcp.json'), tell, true)
  } catch (thrown) {
    tell({ message: renderError(thrown) })
    return []
  }
}

async function readServers(file: string, tell: TellProblem, optional: boolean): Promise<readonly ServerSpec[]> {
  const { servers, problems } = await readMcpConfig(file, { optional })
  for (const problem of problems) tell(problem)
  return servers
}

function brokenServer(name: string, message: string): Refusal {
  return { entry: renderEntry({ kind: 'server', name }), reason: 'failed-to-start', message }
}

/** Policy comes before the opt-in (contract 4), of which the accepted warning is a part. */
function notAccepted({ entry }: NamedEntry, policy: ChannelPolicy): Refusal {
  const named = renderEntry(entry)
  if (!policy.channelsAllowed)
    return {
      entry: named,
      reason: 'policy-off',
      message: `${named} is not registered as a channel: ${switchedOff(policy)}.`,
    }
  return {
    entry: named,
    reason: 'development-not-accepted',
    message: `${named} is a development channel, and the warning about those was not accepted. Add --accept-development-channels to a headless start.`,
  }
}
