/** Receiving as the holder of the bot: who we are, where the last process left off, then event after event. */
import type { Log } from '@backchannel/channel'
import { type PlatformPorts, watchWake } from '@backchannel/channel/chat'
import type { APIMessage, GatewayDispatchPayload, GatewayReadyDispatchData } from '@discordjs/core/http-only'
import type { Call } from '../api/client.ts'
import { type Channels, toPlace } from '../inbound/channels.ts'
import type { Me } from '../inbound/message.ts'
import { idBefore, isLater } from '../inbound/snowflakes.ts'
import { createUpdates } from '../inbound/updates.ts'
import { registerCommands } from '../outbound/commands.ts'
import type { Files } from '../outbound/download.ts'
import type { Interactions } from '../outbound/interactions.ts'
import { createGaps } from './gaps.ts'
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

export function startReceiving(options: ReceivingOptions): { close(): Promise<void> } {
  const { call, token, botId, ports, channels, interactions, files, progress, session, log, pace } = options
  const ended = new AbortController()
  const signal = AbortSignal.any([ended.signal, session])
  /** Events of an earlier process's session come again up to where it goes on. */
  let isReplaying = progress.session !== undefined
  let isUnsaved = false
  /** More waits to be stored than there is room for: nothing is taken in before the next connection. */
  let isFull = false

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
    async coming({ channel_id: chatId, id }, channel) {
      if (progress.mark(chatId) !== undefined || !(await ports.hears(toPlace(channel)))) return
      // Kept before the first message of a chat is: a process that is killed with it leaves a place to read on from.
      progress.move(chatId, idBefore(id))
      save()
      await progress.saved()
    },
    settled({ channel_id: chatId, id }, isHeard) {
      if (!isHeard) return
      progress.move(chatId, id)
      save()
    },
  })

  const gaps = createGaps({
    call,
    ports,
    channels,
    progress,
    intake,
    log,
    signal,
    save,
    receive: (message) => updates.message(message, false),
  })
  const isSettled = (message: APIMessage, isReplayed: boolean): boolean => {
    const mark = isReplayed ? progress.mark(message.channel_id) : undefined
    return gaps.has(message) || (mark !== undefined && !isLater(message.id, mark))
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
    if (payload.t === 'GUILD_CREATE') gaps.told(payload.d)
    if (payload.t === 'RESUMED') isReplaying = false
  }

  const introduce = async (applicationId: string): Promise<void> => {
    try {
      await registerCommands(call, applicationId, signal)
    } catch (thrown) {
      if (!signal.aborted) log.warn(`the commands /status and /help could not be offered: ${(thrown as Error).message}`)
    }
  }

  gaps.resume()
  const gateway = startGateway(
    {
      token,
      botId,
      info: (until) => call((api, over) => api.gateway.getBot({ signal: over }), { signal: until }),
      session: () => progress.session && { ...progress.session, sequence: intake.settled() },
      setSession(begun) {
        // Another address of the same session changes nothing of what is settled.
        if (begun?.id !== progress.session?.id) intake.begin(begun?.sequence ?? 0)
        // Kept with what has to be caught up with before it, and not alone.
        progress.session = begun
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
        gaps.loggedIn()
        progress.lastSeen = Date.now()
        save()
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
