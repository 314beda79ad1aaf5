/** The slash commands that Discord offers for the bot: told to it once, and again only where they differ. */
import type { APIApplicationCommand, RESTPostAPIChatInputApplicationCommandsJSONBody } from '@discordjs/core/http-only'
import type { Call } from '../api/client.ts'

/** In direct chats with the bot, and in servers, where the answer is seen by who asked alone. */
const CONTEXTS = [0, 1]
const STRING = 3

const COMMANDS: readonly RESTPostAPIChatInputApplicationCommandsJSONBody[] = [
  { name: 'status', description: 'What the agent does; whether your messages reach the session', contexts: CONTEXTS },
  { name: 'stop', description: 'Stop what the agent is doing (approvers)', contexts: CONTEXTS },
  { name: 'new', description: 'Begin a new conversation (approvers)', contexts: CONTEXTS },
  { name: 'compact', description: 'Compact the conversation (approvers)', contexts: CONTEXTS },
  {
    name: 'sessions',
    description: 'The sessions that share this bot, and which one talks here (approvers)',
    contexts: CONTEXTS,
  },
  {
    name: 'use',
    description: 'Choose the session that talks here (approvers)',
    contexts: CONTEXTS,
    options: [{ type: STRING, name: 'session', description: 'Its name; in a thread also: off' }],
  },
  { name: 'help', description: 'What this bot does', contexts: CONTEXTS },
]

/** Commands of the application that are not ours stay as they are. @throws DiscordError */
export async function registerCommands(call: Call, applicationId: string, signal: AbortSignal): Promise<void> {
  const there = await call(
    (api, ended) => api.applicationCommands.getGlobalCommands(applicationId, {}, { signal: ended }),
    { signal },
  )
  for (const command of COMMANDS) {
    if (there.some((one) => isSame(one, command))) continue
    await call((api, ended) => api.applicationCommands.createGlobalCommand(applicationId, command, { signal: ended }), {
      signal,
    })
  }
}

/** As far as people see it: Discord adds to what it was told. */
function isSame(one: APIApplicationCommand, wanted: RESTPostAPIChatInputApplicationCommandsJSONBody): boolean {
  const shown = ({ name, description, contexts, options = [] }: Partial<APIApplicationCommand>) =>
    JSON.stringify([
      ...[name, description, contexts?.toSorted() ?? null],
      options.map((option) => [option.type, option.name, option.description]),
    ])
  return shown(one) === shown(wanted as Partial<APIApplicationCommand>)
}
