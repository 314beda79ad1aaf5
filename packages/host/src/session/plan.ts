/** From what the user named to what is started: entries, MCP files, plugins and consent, each refusal with its reason. */

import { resolve } from 'node:path'
import {
  BackchannelError,
  type Entry,
  nearest,
  type PluginEntry,
  type RefusalReason,
  renderEntry,
  renderError,
  sourceName,
} from '@backchannel/protocol'
import type { OptIn } from '../channels/admission.ts'
import type { ServerPlan } from '../channels/channel.ts'
import { channelEnvironment } from '../channels/environment.ts'
import type { ServerSpec } from '../mcp/config.ts'
import { expandServer } from '../mcp/expand.ts'
import type { Catalog } from '../plugins/catalog.ts'

export type OptInKind = OptIn['kind']

export interface NamedEntry {
  readonly entry: Entry
  readonly optIn: OptInKind
}

export interface Refusal {
  readonly entry: string
  readonly reason: RefusalReason
  readonly message: string
}

export interface Plan {
  readonly plans: readonly ServerPlan[]
  readonly refusals: readonly Refusal[]
}

export interface PlanOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly platform: NodeJS.Platform
  readonly named: readonly NamedEntry[]
  /** Every server of the MCP files, named or not, that may be started. */
  readonly servers: readonly ServerSpec[]
  /** Why a server of the MCP files may not be started, by name. */
  readonly refusedServers: ReadonlyMap<string, Refusal>
  readonly catalog: Catalog
  /** Installed plugins that are switched on: each is started, named or not; unnamed it is a plain server. */
  readonly installed?: readonly PluginEntry[]
  /** Says what keeps a server that no entry names from being started. */
  notice(level: 'error', message: string): void
}

/** Each entry once; the development flag counts where an entry is given both ways. */
export function mergeEntries(named: readonly NamedEntry[]): readonly NamedEntry[] {
  const byText = new Map<string, NamedEntry>()
  for (const item of named) {
    const text = renderEntry(item.entry)
    if (!byText.has(text) || item.optIn === 'development') byText.set(text, item)
  }
  return [...byText.values()]
}

/** Never throws for a single entry: what can't be planned is a refusal. */
export async function planServers(options: PlanOptions): Promise<Plan> {
  const entries = options.named.map(({ entry }) => entry)
  const plans: ServerPlan[] = []
  const refusals: Refusal[] = []
  const tell = ({ message }: Refusal) => options.notice('error', message)
  const add = (planned: ServerPlan | Refusal, refuse: (refusal: Refusal) => void) => {
    const checked = 'reason' in planned ? planned : (clash(planned, plans) ?? planned)
    if ('reason' in checked) refuse(checked)
    else plans.push(checked)
  }
  for (const entry of entries) {
    const planned =
      entry.kind === 'plugin' ? await planPlugin(entry, true, options) : planServer(entry.name, true, options)
    add(planned, (refusal) => refusals.push(refusal))
  }
  for (const { name } of options.servers) {
    if (entries.some((entry) => entry.kind === 'server' && entry.name === name)) continue
    add(planServer(name, false, options), tell)
  }
  for (const entry of options.installed ?? []) {
    const isNamed = ({ name, marketplace }: PluginEntry) => name === entry.name && marketplace === entry.marketplace
    if (entries.some((named) => named.kind === 'plugin' && isNamed(named))) continue
    add(await planPlugin(entry, false, options), tell)
  }
  return { plans, refusals }
}

/** The session knows a channel by its source: its events, receipts and replies would go astray under a name of two. */
function clash({ entry, source }: ServerPlan, plans: readonly ServerPlan[]): Refusal | undefined {
  const other = plans.find((plan) => plan.source === source)
  if (other === undefined) return undefined
  const named = renderEntry(entry)
  const message = `${named} was not started: this session has a channel "${source}" already, ${renderEntry(other.entry)}. Start another session for it.`
  return { entry: named, reason: 'failed-to-start', message }
}

async function planPlugin(entry: PluginEntry, named: boolean, options: PlanOptions): Promise<ServerPlan | Refusal> {
  try {
    const plugin = await options.catalog.find(entry)
    const { server } = plugin
    return {
      entry,
      named,
      source: sourceName(entry, []),
      server: plugin.serverName,
      command: {
        command: server.command,
        args: server.args,
        env: channelEnvironment({
          ...environment(options),
          entry,
          server,
          root: plugin.root,
          variables: plugin.variables,
        }),
        cwd: resolve(options.cwd, server.cwd ?? '.'),
      },
    }
  } catch (thrown) {
    const isUnknown = BackchannelError.is(thrown) && ['plugin-not-found', 'plugin-disabled'].includes(thrown.code)
    const reason = isUnknown ? 'not-found' : 'failed-to-start'
    return { entry: renderEntry(entry), reason, message: renderError(thrown) }
  }
}

function planServer(name: string, named: boolean, options: PlanOptions): ServerPlan | Refusal {
  const entry = { kind: 'server', name } as const
  const spec = options.servers.find((candidate) => candidate.name === name)
  // A server of --mcp-config counts where the project's one of the same name was refused.
  const refused = options.refusedServers.get(name)
  if (!spec && refused) return refused
  if (!spec) return { entry: renderEntry(entry), reason: 'not-found', message: notFound(name, options) }
  const { server, problems } = expandServer(spec, { env: options.env })
  if (problems.length > 0) {
    const message = problems.map((problem) => problem.message).join(' ')
    return { entry: renderEntry(entry), reason: 'failed-to-start', message }
  }
  return {
    entry,
    named,
    source: sourceName(
      entry,
      options.named.map((item) => item.entry),
    ),
    server: name,
    command: {
      command: server.command,
      args: server.args,
      env: channelEnvironment({ ...environment(options), entry, server }),
      cwd: resolve(options.cwd, server.cwd ?? '.'),
    },
  }
}

function environment({ env, home, platform }: PlanOptions) {
  return { env, home, platform }
}

function notFound(name: string, { servers, refusedServers }: PlanOptions): string {
  const known = [...servers.map((server) => server.name), ...refusedServers.keys()]
  const list = known.length === 0 ? 'no MCP file of this session names any server' : `there are ${known.join(', ')}`
  const meant = nearest(name, known)
  const suggestion = meant === undefined ? '' : ` Did you mean server:${meant}?`
  return `No server "${name}" is configured; ${list}.${suggestion} Add it to .mcp.json, or give --mcp-config FILE.`
}
