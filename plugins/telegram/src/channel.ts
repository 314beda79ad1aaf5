/** Telegram as a channel: the kit of chats around this adapter, and what the operator sets. */
import { type ChannelDefinition, type ConfigureSettings, createLog, stateDirectory } from '@backchannel/channel'
import { defineChatChannel, transcribeByCommand } from '@backchannel/channel/chat'
import { readEnvFile, withFile } from '@backchannel/channel/configure'
import { createClient } from './api/client.ts'
import {
  API_ROOT_VARIABLE,
  type Config,
  isSelfHosted,
  parseConfig,
  TOKEN_VARIABLE,
  TRANSCRIBE_VARIABLE,
  tokenProblem,
} from './config.ts'
import { createTelegram } from './platform.ts'

const NAME = 'telegram'
const VERSION = '0.1.0'

const INSTRUCTIONS = [
  'A text that stands in parentheses, such as (voice message) or (location: 52.5, 13.4), is what the channel writes where the sender wrote none.',
  'Reactions are of a fixed list of Telegram; ✅ and ❌ are not on it, 👍 and 👎 are.',
]

/**
 * The channel; Telegram hears nothing of it before a session has registered it.
 * @param env settings are read from it, and from `.env` in the state folder where it does not name them
 */
export async function createTelegramChannel(env: NodeJS.ProcessEnv): Promise<ChannelDefinition> {
  const directory = stateDirectory(NAME, env)
  // What is wrong with it is told when a session registers the channel: until then nobody has to care.
  const first = withFile(env, await readEnvFile(directory).catch(() => new Map()))
  const transcriber = first[TRANSCRIBE_VARIABLE]?.trim()
  // The doctor's copy never asks Telegram for anything, so it needs no token.
  const isProbe = env['BACKCHANNEL_PROBE'] === '1'
  const load = async (): Promise<Config> => {
    const config = parseConfig(withFile(env, await readEnvFile(directory)))
    return isProbe ? { ...config, token: '0:probe' } : config
  }
  return defineChatChannel({
    name: NAME,
    version: VERSION,
    directory,
    env,
    instructions: INSTRUCTIONS,
    platform: createTelegram({ load, isSelfHosted: isSelfHosted(first), log: createLog(NAME) }),
    configure: describeSettings(directory, load),
    ...(transcriber ? { transcribe: transcribeByCommand(transcriber, env) } : {}),
    async probe({ emit }) {
      await emit({ content: 'backchannel doctor ping', meta: { chat_id: '0', message_id: '0', chat_type: 'direct' } })
    },
  })
}

function describeSettings(directory: string, load: () => Promise<Config>): ConfigureSettings {
  return {
    directory,
    secrets: [
      {
        name: 'token',
        variable: TOKEN_VARIABLE,
        ask: 'The token that @BotFather gave you, such as 123456789:AAH…',
        problem: tokenProblem,
        async check(token, signal) {
          const { apiRoot } = await load()
          return introduce(token, apiRoot, signal)
        },
      },
    ],
    status: async () => [`Bot API: ${(await load()).apiRoot} (${API_ROOT_VARIABLE})`],
  }
}

/** Asks Telegram whose token it is; a token that nobody knows is an answer, and anything else is thrown. */
async function introduce(
  token: string,
  apiRoot: string,
  signal: AbortSignal,
): Promise<{ readonly ok: boolean; readonly text: string }> {
  const call = createClient({ token, apiRoot })
  try {
    const { username } = await call((api, ended) => api.getMe(ended), { signal })
    return { ok: true, text: `it is the token of @${username}; write to it at https://t.me/${username}` }
  } catch (thrown) {
    const { kind, message } = thrown as { readonly kind?: string; readonly message: string }
    if (kind === 'unauthorized') return { ok: false, text: message }
    throw thrown
  }
}
