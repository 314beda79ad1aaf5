/** How a bot gets into a server, and whether it may read there: what `/discord:configure` says. */
import type { APIApplication } from '@discordjs/core/http-only'
import { type Call, createClient } from './api/client.ts'
import { botIdOf } from './config.ts'
import { portalPage } from './gateway/close-codes.ts'

/** View Channels, Send Messages, Send Messages in Threads, Read Message History, Attach Files, Add Reactions. */
const PERMISSIONS: bigint = [10n, 11n, 38n, 16n, 15n, 6n].reduce((all, bit) => all | (1n << bit), 0n)
export const PERMISSION_NAMES =
  'View Channels, Send Messages, Send Messages in Threads, Read Message History, Attach Files, Add Reactions'
/** Of a verified application, and of one in fewer than 100 servers. */
const READS_MESSAGES = (1 << 18) | (1 << 19)

export function inviteAddress(applicationId: string): string {
  return `https://discord.com/oauth2/authorize?client_id=${applicationId}&scope=bot&permissions=${PERMISSIONS}`
}

/** What an operator needs to know of a bot; `name` of it, and lines beneath. @throws DiscordError */
export async function describeBot(
  token: string,
  apiRoot: string,
  signal: AbortSignal,
): Promise<{ readonly name: string; readonly lines: readonly string[] }> {
  const call = createClient({ token, apiRoot })
  const application = await readApplication(call, signal)
  const { bot, name } = application
  return { name: bot?.username ?? name, lines: [...inviteLines(application.id), intentLine(application)] }
}

/** Without asking Discord. */
export function inviteLines(applicationId: string): readonly string[] {
  return [`invite it to a server: ${inviteAddress(applicationId)}`, `  (${PERMISSION_NAMES})`]
}

export function inviteOf(token: string): readonly string[] {
  const id = botIdOf(token)
  return id === undefined ? [] : inviteLines(id)
}

function readApplication(call: Call, signal: AbortSignal): Promise<APIApplication> {
  return call((api, ended) => api.applications.getCurrent({ signal: ended }), { signal })
}

function intentLine({ id, flags }: APIApplication): string {
  if ((Number(flags ?? 0) & READS_MESSAGES) !== 0) return 'Message Content Intent: on'
  return `Message Content Intent: off, so the bot can read nothing. Switch it on under Privileged Gateway Intents at ${portalPage(id)}`
}
