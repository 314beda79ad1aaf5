/** Receiving as the holder of the bot: who we are, where the last process left off, then event after event. */
import type { Log } from '@backchannel/channel'
import { PlatformError, type PlatformPorts, pause, watchWake } from '@backchannel/channel/chat'
import type {
  APIMessage,
  GatewayDispatchPayload,
  GatewayGuildCreateDispatchData,
  GatewayReadyDispatchData,
} from '@discordjs/core/http-only'
import type { Call } from '../api/client.ts'
import { type Channels, toPlace } from '../inbound/channels.ts'
import type { Me } from '../inbound/message.ts'
import { idAt, isLater } from '../inbound/snowflakes.ts'
import { createUpdates } from '../inbound/updates.ts'
import { registerCommands } from '../outbound/commands.ts'
import type { Files } from '../outbound/download.ts'
import type { Interactions } from '../outbound/interactions.ts'
import { catchUp } from './catch-up.ts'
import { type Pace, startGateway } from './gateway.ts'
import { createIntake } from './intake.ts'
import type { Progress } from './progress.ts'

export interface ReceivingOptions {
  readonly call: Call
  readonly token: string
  readonly botId: string | undefined
  readonly ports: PlatformPorts
  readonly channels: Channels
  readonly interactions: Interactions
  readonly files: Files
  readonly progress: Progress
  readonly session: AbortSignal
  readonly log: Log
  readonly pace?: Pace | undefined
}

/** How often it is written down how far the session is settled, where no message says so. */
const SAVE_MS = 5_000
/** Chats that are looked into after a login; quieter ones are looked into when somebody writes there. */
const MOST_CHATS = 100
/** What may have come while the last words of the process before were written. */
const MARGIN_MS = 5_000

export function startReceiving(options: ReceivingOptions): { close(): Promise<void> } {
  const { call, token, botId, ports, channels, interactions, files, progress, session, log, pace } = options
  const ended = new AbortController()
  const signal = AbortSignal.any([ended.signal, session])
  /** Events of an earlier process's session come again up to where it goes on. */
  let isReplaying = progress.session !== undefined
  let isUnsaved = false
  /** More waits to be stored than there is room for: nothing is taken in before the next connection. */
  let isFull = false
  /** Since when messages may have been missed in a channel of which nothing is known; undefined at the first login of all. */
  let since: string | undefined
  let looking = new Set<string>()
  /** Up to where that went: the gateway tells the last of them too. */
  let caughtUp = new Map<string, string>()

  const failed = (thrown: unknown) => {
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    log.warn(`an event of Discord could not be read, and is left out: ${why.slice(0, 200)}`)
  }
  const intake = createIntake({
    signal,
    moved: () => {
      isUnsaved = true
    },
    failed,
  })
  if (progress.session) intake.begin(progress.session.sequence)

  const save = () => {
    isUnsaved = false
    if (progress.session) progress.session = { ...progress.session, sequence: intake.settled() }
    progress.save()
  }
  const me = (): Me => progress.me ?? { id: botId ?? '', username: '' }
  const updates = createUpdates({
    call,
    ports,
    channels,
    interactions,
    signal,
    me,
    sessionId: () => progress.session?.id ?? '',
    seen: (message) => files.seen(message),
    settled({ channel_id: chatId, id }, isHeard) {
      if (!isHeard) return
      progress.move(chatId, id)
      save()
    },
  })

  const isSettled = ({ channel_id: chatId, id }: APIMessage, isReplayed: boolean): boolean => {
    const mark = isReplayed ? progress.mark(chatId) : caughtUp.get(chatId)
    return mark !== undefined && !isLater(id, mark)
  }
  const meet = ({ user, application }: GatewayReadyDispatchData): void => {
    progress.me = { id: user.id, username: user.username }
    // Now: a session that nobody remembers is a login more for the next process.
    save()
    void introduce(application.id)
  }
  const take = (payload: GatewayDispatchPayload): void => {
    // What follows it may come a moment before it, and it is settled by being there.
    if (payload.t === 'READY') meet(payload.d)
    if (isFull) return
    const key = updates.keyOf(payload)
    const isReplayed = isReplaying
    const taken = intake.take(payload.s, key, async () => {
      if (key === undefined) return undefined
      if (payload.t === 'MESSAGE_CREATE' && isSettled(payload.d, isReplayed)) return undefined
      return updates.handle(payload)
    })
    if (taken === 'full') {
      // All of it comes again with the session, from the last event that is settled.
      isFull = true
      gateway.restart()
    }
    if (taken !== 'new') return
    if (key === undefined) updates.handle(payload).catch(failed)
    if (payload.t === 'GUILD_CREATE') lookIntoAll(payload.d)
    if (payload.t === 'RESUMED') isReplaying = false
  }

  const give = async (message: APIMessage): Promise<void> => {
    for (let wait = await updates.message(message, false); wait !== undefined; ) {
      await pause(wait, signal)
      signal.throwIfAborted()
      wait = await updates.message(message, false)
    }
  }
  /** Reads what came into a chat while we were away, before anything that comes now. */
  const look = (chatId: string, after: string): void => {
    if (looking.has(chatId) || looking.size >= MOST_CHATS) return
    looking.add(chatId)
    const work = async () => {
      const channel = await untilKnown(chatId)
      if (!channel || !(await ports.hears(toPlace(channel)))) return
      // What the first of several logins has settled is behind the mark by now.
      const read = await catchUp(chatId, progress.mark(chatId) ?? after, { call, log, signal, now: Date.now, give })
      caughtUp.set(chatId, read)
    }
    intake.inTurn(chatId, work).catch(() => {})
  }
  /** Channels that the gateway told: only where something new is in them, and nobody has looked yet. */
  const lookIntoAll = ({ channels: all = [], threads = [] }: Partial<GatewayGuildCreateDispatchData>): void => {
    for (const { id } of [...all, ...threads]) {
      const last = channels.peek(id)?.lastMessageId
      if (since === undefined || last === undefined || progress.mark(id) !== undefined || !isLater(last, since))
        continue
      look(id, since)
    }
  }
  const untilKnown = async (chatId: string) => {
    for (;;) {
      try {
        return await channels.find(chatId, signal)
      } catch (thrown) {
        if (signal.aborted || !PlatformError.is(thrown) || thrown.kind === 'unauthorized') return undefined
        await pause(thrown.retryAfterMs ?? 1_000, signal)
      }
    }
  }
  const introduce = async (applicationId: string): Promise<void> => {
    try {
      await registerCommands(call, applicationId, signal)
    } catch (thrown) {
      if (!signal.aborted) log.warn(`the commands /status and /help could not be offered: ${(thrown as Error).message}`)
    }
  }

  const gateway = startGateway(
    {
      token,
      botId,
      info: (until) => call((api, over) => api.gateway.getBot({ signal: over }), { signal: until }),
      session: () => progress.session && { ...progress.session, sequence: intake.settled() },
      setSession(begun) {
        // Another address of the same session changes nothing of what is settled.
        if (begun?.id !== progress.session?.id) intake.begin(begun?.sequence ?? 0)
        progress.session = begun
        save()
      },
      dispatch(payload) {
        try {
          take(payload)
        } catch (thrown) {
          failed(thrown)
        }
      },
      connected(how) {
        isFull = false
        if (how === 'resumed') return
        isReplaying = false
        looking = new Set()
        caughtUp = new Map()
        since = progress.lastSeen === undefined ? undefined : idAt(progress.lastSeen - MARGIN_MS)
        for (const chatId of progress.marked()) look(chatId, progress.mark(chatId) ?? '0')
      },
      health(health) {
        if (health.state === 'connected') {
          progress.lastSeen = health.at
          isUnsaved = true
        }
        ports.health(health)
      },
      now: Date.now,
    },
    signal,
    pace,
  )
  const timer = setInterval(() => {
    if (isUnsaved) save()
  }, SAVE_MS).unref()
  const unwatch = watchWake(() => gateway.restart())
  return {
    async close() {
      unwatch()
      clearInterval(timer)
      await gateway.close()
      if (isUnsaved) save()
      await progress.saved()
      ended.abort()
    },
  }
}
