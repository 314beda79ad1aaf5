/** iMessage as a channel: the kit of chats around this adapter, and what the operator sets. */
import { type ChannelDefinition, createLog, defineTool, stateDirectory } from '@backchannel/channel'
import { accountsDirectory, defineChatChannel, transcribeByCommand } from '@backchannel/channel/chat'
import { readEnvFile, withFile } from '@backchannel/channel/configure'
import { assertMac, DATABASE_VARIABLE, homeOf, isMac, parseConfig, SMS_VARIABLE } from './config.ts'
import { normalizeAddress } from './database/address.ts'
import { createImessage, type Imessage } from './platform.ts'

const NAME = 'imessage'
const VERSION = '0.1.0'

const INSTRUCTIONS = [
  'Messages in a chat with oneself are of the owner of this Mac. chat_messages reads earlier messages of the chats that are let in, with their chat_id; there is no search.',
  'Messages of iMessage show no formatting: write plain sentences and short lists.',
  'A text that stands in parentheses, such as (voice message) or (location), is what the channel writes where the sender wrote none.',
]

/**
 * The channel; nothing of Messages is read for events before a session has registered it.
 * @param env settings are read from it, and from `.env` in the state folder where it does not name them
 */
export async function createImessageChannel(env: NodeJS.ProcessEnv): Promise<ChannelDefinition> {
  const directory = stateDirectory(NAME, env)
  const config = parseConfig(withFile(env, await readEnvFile(directory).catch(() => new Map())))
  const platform = createImessage({
    config,
    assertUsable: () => assertMac(env),
    directory,
    accounts: accountsDirectory(env),
    home: homeOf(env),
    log: createLog(NAME),
  })
  return defineChatChannel({
    name: NAME,
    version: VERSION,
    directory,
    env,
    instructions: INSTRUCTIONS,
    platform,
    tools: [historyTool(platform)],
    access: {
      dmPolicy: 'allowlist',
      keys: ['mentionPatterns', 'textChunkLimit', 'chunkMode'],
      normalize: normalizeAddress,
      isOwner: (sender) => platform.owner.has(sender),
      named: {
        list: () => platform.ownChats(),
        fingerprint: () => `the owner of ${config.database}`,
        where: 'On iMessage the owner of this Mac approves, in a chat with themselves; nobody else can.',
      },
    },
    configure: {
      directory,
      secrets: [],
      status: async () => [
        `Messages database: ${config.database} (${DATABASE_VARIABLE})`,
        `SMS and RCS: ${config.allowsSms ? 'heard' : 'not heard'} (${SMS_VARIABLE})`,
        await describeOwner(platform),
      ],
    },
    ...(config.signature === undefined ? {} : { signature: config.signature }),
    ...(config.transcribe ? { transcribe: transcribeByCommand(config.transcribe, env) } : {}),
    async probe({ emit }) {
      // A missing grant is the likeliest reason for silence on a Mac; elsewhere nobody expects Messages.
      if (isMac(env)) platform.assertReadable()
      await emit({ content: 'backchannel doctor ping', meta: { chat_id: '0', message_id: '0', chat_type: 'direct' } })
    },
  })
}

async function describeOwner(platform: Imessage): Promise<string> {
  await platform.learn()
  const count = platform.owner.addresses().length
  return count === 0
    ? 'No own address was found: send a message from this Mac first, and see that its database may be read.'
    : `Own addresses: ${count}; a chat with oneself under any of them reaches the session.`
}

const MOST_MESSAGES = 500
const USUAL_MESSAGES = 100

function historyTool(platform: Imessage) {
  return defineTool({
    name: 'chat_messages',
    description:
      'Read earlier messages, of one chat or of all that are let in, oldest first. Each block names its chat_id.',
    input: {
      type: 'object',
      properties: {
        chat_guid: { type: 'string', description: 'The chat_id of one chat; without it, all that are let in.' },
        limit: {
          type: 'integer',
          minimum: 1,
          maximum: MOST_MESSAGES,
          description: `Messages of each chat; default ${USUAL_MESSAGES}.`,
        },
      },
    },
    run: ({ chat_guid: chat, limit = USUAL_MESSAGES }) => platform.history(chat || undefined, limit),
  })
}
