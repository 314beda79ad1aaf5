/** First use of a project's servers asks (contract 4): in the terminal, never over a channel, and recorded. */
import { renderEntry, renderError } from '@backchannel/protocol'
import { renderCommandLine } from '../mcp/command-line.ts'
import type { ServerSpec } from '../mcp/config.ts'
import type { Consents } from '../mcp/consents.ts'
import type { NoticeLevel } from '../ui/events.ts'
import type { Dialogs } from '../ui/interaction.ts'
import type { NamedEntry, Refusal } from './plan.ts'

export interface ConsentOptions {
  /** The project's folder. */
  readonly cwd: string
  /** The servers of the project's `.mcp.json`. */
  readonly servers: readonly ServerSpec[]
  readonly named: readonly NamedEntry[]
  readonly consents: Consents
  /** Absent in a headless session: then naming `server:x` after a flag is consent to that server alone. */
  readonly dialogs: Dialogs | undefined
  notice(level: NoticeLevel, message: string): void
  readonly signal: AbortSignal
}

export interface ConsentResult {
  readonly allowed: readonly ServerSpec[]
  readonly refused: ReadonlyMap<string, Refusal>
}

export async function askConsents(options: ConsentOptions): Promise<ConsentResult> {
  const { cwd, servers, consents, notice } = options
  const problem = servers.length === 0 ? undefined : await consents.problem()
  if (problem !== undefined) notice('error', problem)
  const allowed: ServerSpec[] = []
  const refused = new Map<string, Refusal>()
  let useAll = false
  for (const server of servers) {
    const recorded = useAll || (await consents.hasConsent(cwd, server))
    const answer = recorded ? 'use' : await ask(server, options)
    if (answer === 'use-all') useAll = true
    if (answer !== 'refuse') allowed.push(server)
    else refused.set(server.name, refusal(server, options.dialogs !== undefined))
  }
  return { allowed, refused }
}

async function ask(server: ServerSpec, options: ConsentOptions): Promise<'use' | 'use-all' | 'refuse'> {
  const { dialogs, named, notice, consents, cwd, servers } = options
  if (!dialogs) {
    const entries = named.filter(({ entry }) => entry.kind === 'server' && entry.name === server.name)
    // Not the user's settings: they hold for every project, and any project can call a server by that name.
    if (entries.some(({ optIn }) => optIn !== 'settings')) return 'use'
    // Of an entry, its refusal tells the same.
    if (entries.length === 0) notice('warning', refusal(server, false).message)
    return 'refuse'
  }
  const { name, file } = server
  const answer = await dialogs.confirmServer({ name, command: renderCommandLine(server), file }, options.signal)
  if (answer === 'refuse') return answer
  try {
    await consents.grant(cwd, answer === 'use-all' ? servers : server)
  } catch (thrown) {
    notice('warning', `The consent holds for this session only: ${renderError(thrown)}`)
  }
  return answer
}

/** @param asked whether somebody was asked, and declined */
function refusal({ name, file }: ServerSpec, asked: boolean): Refusal {
  const entry = { kind: 'server', name } as const
  const why = asked
    ? 'you chose to continue without it. The next session asks again.'
    : `no consent to its command is recorded. Start a session in a terminal to be asked, or name server:${name} after the development flag.`
  return {
    entry: renderEntry(entry),
    reason: 'consent-refused',
    message: `The server "${name}" of ${file} was not started: ${why}`,
  }
}
