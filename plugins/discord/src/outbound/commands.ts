/** The slash commands that Discord offers for the bot: told to it once, and again only where they differ. */
import type { RESTPostAPIChatInputApplicationCommandsJSONBody } from '@discordjs/core/http-only'
import type { Call } from '../api/client.ts'

/** In direct chats with the bot, and in servers, where the answer is seen by who asked alone. */
const CONTEXTS = [0, 1]

const COMMANDS: readonly RESTPostAPIChatInputApplicationCommandsJSONBody[] = [
  { name: 'status', description: 'What the agent does; whether your messages reach the session', contexts: CONTEXTS },
  { name: 'stop', description: 'Stop what the agent is doing (approvers)', contexts: CONTEXTS },
  { name: 'new', description: 'Begin a new conversation (approvers)', contexts: CONTEXTS },
  { name: 'compact', description: 'Compact the conversation (approvers)', contexts: CONTEXTS },
  { name: 'help', description: 'What this bot does', contexts: CONTEXTS },
]

/** Commands of the application that are not ours stay as they are. @throws DiscordError */
export async function registerCommands(call: Call, applicationId: string, signal: AbortSignal): Promise<void> {
  const there = await call(
    (api, ended) => api.applicationCommands.getGlobalCommands(applicationId, {}, { signal: ended }),
    { signal },
  )
  for (const command of COMMANDS) {
    const same = there.some(
      ({ name, description, contexts }) =>
        name === command.name &&
        description === command.description &&
        JSON.stringify(contexts?.toSorted()) === JSON.stringify(CONTEXTS),
    )
    if (same) continue
    await call((api, ended) => api.applicationCommands.createGlobalCommand(applicationId, command, { signal: ended }), {
      signal,
    })
  }
}
