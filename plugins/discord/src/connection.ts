/** The connection to Discord: what is sent works from the start, what comes in comes once the account is held. */
import type { Log } from '@backchannel/channel'
import type { Account, Connection, MessageTarget, PlatformPorts } from '@backchannel/channel/chat'
import type { API } from '@discordjs/core/http-only'
import type { Call } from './api/client.ts'
import { DiscordError } from './api/errors.ts'
import { botIdOf, type Config } from './config.ts'
import type { Pace } from './gateway/gateway.ts'
import { loadProgress, type Progress } from './gateway/progress.ts'
import { startReceiving } from './gateway/receive.ts'
import { createChannels, toPlace } from './inbound/channels.ts'
import { isSpoken, readHistoryMessage } from './inbound/message.ts'
import { isId } from './inbound/snowflakes.ts'
import { createFiles } from './outbound/download.ts'
import { createInteractions } from './outbound/interactions.ts'
import { createReactions } from './outbound/reactions.ts'
import { MENTIONS, send, toRows } from './outbound/send.ts'

export interface ConnectionOptions {
  readonly call: Call
  readonly config: Config & { readonly token: string }
  readonly ports: PlatformPorts
  readonly session: AbortSignal
  readonly log: Log
  readonly pace?: Pace | undefined
}

export async function createConnection({
  call,
  config,
  ports,
  session,
  log,
  pace,
}: ConnectionOptions): Promise<Connection> {
  const { token } = config
  const botId = botIdOf(token)
  const channels = createChannels(call)
  const files = createFiles(call, config)
  const interactions = createInteractions({ call, channels, ports, signal: session })
  const react = createReactions(call)
  const remember = async (): Promise<Progress> => {
    const loaded = await loadProgress({
      memory: ports.memory,
      botId,
      directs: () => channels.directs(),
      failed: (thrown) =>
        log.warn(`how far Discord was read is not kept: ${thrown instanceof Error ? thrown.message : thrown}`),
    })
    for (const [chatId, recipient] of Object.entries(loaded.directs)) channels.noteDirect(chatId, recipient)
    return loaded
  }
  let progress = await remember()
  let receiving: Promise<{ close(): Promise<void> } | undefined> | undefined

  /** A standby takes over from where the other process was, not from where that one was when this one started. */
  const receive = async () => {
    progress = await remember()
    if (session.aborted) return undefined
    return startReceiving({ call, token, botId, ports, channels, interactions, files, progress, session, log, pace })
  }

  /** A person's id is no chat: the direct chat with them. */
  const resolveChat = async (id: string, signal: AbortSignal): Promise<string> => {
    if (!isId(id) || channels.peek(id) !== undefined) return id
    const known = channels.directWith(id)
    if (known !== undefined) return known
    if (await channels.find(id, signal)) return id
    try {
      const made = await call((api, ended) => api.users.createDM(id, { signal: ended }), { signal })
      channels.note(made)
      channels.noteDirect(made.id, id)
      return made.id
    } catch (thrown) {
      // Nobody of that id, or nobody who takes messages: sending says it.
      if (thrown instanceof DiscordError && thrown.kind === 'refused') return id
      throw thrown
    }
  }

  return {
    ...(botId === undefined ? {} : { account: botId }),
    me: (): Account | undefined => {
      const { me } = progress
      if (me) return { id: me.id, name: me.username, handle: me.username }
      return botId === undefined ? undefined : { id: botId, name: botId }
    },
    listen() {
      receiving ??= receive()
    },
    async place(id, signal) {
      const channel = isId(id) ? await channels.find(id, signal) : undefined
      return channel && toPlace(channel)
    },
    resolveChat,
    send: (message, signal) => send(call, message, signal),
    async edit({ chatId, messageId }, { text, buttons = [] }, signal) {
      const body: Parameters<API['channels']['editMessage']>[2] = {
        content: text.text,
        components: toRows(buttons),
        allowed_mentions: MENTIONS,
      }
      await call((api, ended) => api.channels.editMessage(chatId, messageId, body, { signal: ended }), { signal })
    },
    react: (target: MessageTarget, emoji, signal) => react(target, emoji, signal),
    async typing({ chatId }, signal) {
      await call((api, ended) => api.channels.showTyping(chatId, { signal: ended }), { signal })
    },
    download: (file, signal) => files.download(file, signal),
    attachments: (target, signal) => files.attachments(target, signal),
    async history(chatId, limit, signal) {
      const found = await call((api, ended) => api.channels.getMessages(chatId, { limit }, { signal: ended }), {
        signal,
      })
      const channel = (await channels.find(chatId, signal)) ?? { id: chatId, isDirect: false }
      const me = progress.me ?? { id: botId ?? '', username: '' }
      const around = { me, channel, nameOf: (id: string) => channels.peek(id)?.name }
      return found
        .filter(isSpoken)
        .reverse()
        .map((message) => readHistoryMessage(message, around))
    },
    answerPress: (press, text, signal) => interactions.answer(press, text, signal),
    async close() {
      interactions.close()
      await (await receiving)?.close()
    },
  }
}
