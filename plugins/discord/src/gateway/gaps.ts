/**
 * Which chats have to be caught up with, and when: all that are known after a new login, and channels of which nothing is
 * known but that something new is in them. What is begun is remembered, so that a kill in the middle leaves no gap.
 */
import type { Log } from '@backchannel/channel'
import { createLanes, PlatformError, type PlatformPorts, pause } from '@backchannel/channel/chat'
import type { APIMessage, GatewayGuildCreateDispatchData } from '@discordjs/core/http-only'
import type { Call } from '../api/client.ts'
import { type Channels, toPlace } from '../inbound/channels.ts'
import { idAt, isLater } from '../inbound/snowflakes.ts'
import { catchUp } from './catch-up.ts'
import type { Intake } from './intake.ts'
import type { Progress } from './progress.ts'

export interface GapsOptions {
  readonly call: Call
  readonly ports: Pick<PlatformPorts, 'hears'>
  readonly channels: Channels
  readonly progress: Progress
  readonly intake: Pick<Intake, 'inTurn'>
  readonly log: Log
  readonly signal: AbortSignal
  /** Milliseconds until the message is to be given again; undefined once it is settled. */
  receive(message: APIMessage): Promise<number | undefined>
  save(): void
}

export interface Gaps {
  /** A process before this one had not done with some chats: before anything of them comes. */
  resume(): void
  /** Discord has begun a new session: what came before it is told by nobody. */
  loggedIn(): void
  /** Channels of a server, with the last message of each. */
  told(server: Partial<GatewayGuildCreateDispatchData>): void
  /** Whether a message that the gateway tells was read already. */
  has(message: APIMessage): boolean
}

/** What may have come while the last words of the process before were written. */
const MARGIN_MS = 5_000
/** Chats that are read side by side: the limit of Discord is on all requests together. */
const AT_ONCE = 8

export function createGaps(options: GapsOptions): Gaps {
  const { call, ports, channels, progress, intake, log, signal, receive, save } = options
  const slots = createLanes()
  let turn = 0
  /** Up to where each chat was read: the gateway tells the last of it too. */
  const read = new Map<string, string>()

  const give = async (message: APIMessage): Promise<void> => {
    for (let wait = await receive(message); wait !== undefined; wait = await receive(message)) {
      await pause(wait, signal)
      signal.throwIfAborted()
    }
  }
  const untilKnown = async (chatId: string) => {
    for (;;) {
      try {
        return await channels.find(chatId, signal)
      } catch (thrown) {
        if (signal.aborted || !PlatformError.is(thrown) || thrown.kind === 'unauthorized') throw thrown
        await pause(thrown.retryAfterMs ?? 1_000, signal)
      }
    }
  }
  const close = async (chatId: string, after: string): Promise<void> => {
    const channel = await untilKnown(chatId)
    if (channel && (await ports.hears(toPlace(channel)))) {
      // What an earlier try has settled is behind the mark by now.
      const from = progress.mark(chatId) ?? after
      read.set(chatId, await catchUp(chatId, from, { call, log, signal, now: Date.now, give }))
    }
    signal.throwIfAborted()
    progress.behind.delete(chatId)
    save()
  }
  /** In the chat's turn: nothing that comes now is settled before it. */
  const open = (chatId: string, after: string): void => {
    if (!progress.behind.has(chatId)) progress.behind.set(chatId, after)
    turn += 1
    const slot = String(turn % AT_ONCE)
    intake
      .inTurn(chatId, () => slots.run(slot, () => close(chatId, after)))
      .catch((thrown: unknown) => {
        if (!signal.aborted) log.warn(`the chat ${chatId} could not be caught up with: ${(thrown as Error).message}`)
      })
  }

  return {
    resume() {
      for (const [chatId, after] of progress.behind) open(chatId, after)
    },
    loggedIn() {
      read.clear()
      const { lastSeen } = progress
      progress.since = lastSeen === undefined ? undefined : idAt(lastSeen - MARGIN_MS)
      for (const chatId of progress.marked()) open(chatId, progress.mark(chatId) ?? '0')
    },
    told({ channels: all = [], threads = [] }) {
      const { since } = progress
      if (since === undefined) return
      for (const { id } of [...all, ...threads]) {
        const last = channels.peek(id)?.lastMessageId
        const isOpen = progress.behind.has(id) || progress.mark(id) !== undefined
        if (!isOpen && last !== undefined && isLater(last, since)) open(id, since)
      }
    },
    has({ channel_id: chatId, id }) {
      const last = read.get(chatId)
      return last !== undefined && !isLater(id, last)
    },
  }
}
