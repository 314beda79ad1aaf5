/** What a sender sees of their message's way: typing while its turn runs, reactions where they are wanted, and a word if it went wrong. */
import { DROP_REASONS, type Receipt, renderError } from '@backchannel/protocol'
import type { Access } from '../../access/access.ts'
import type { Log } from '../../log.ts'
import { originOf } from '../inbound/event.ts'
import type { Connection, MessageTarget } from '../platform/connection.ts'
import type { InboundMessage } from '../platform/inbound.ts'
import type { PlatformLimits } from '../platform/limits.ts'
import { type Point, reactionAt } from './reactions.ts'
import { createTyping } from './typing.ts'

export interface PresenceOptions {
  readonly connection: Connection
  readonly limits: PlatformLimits
  readonly access: Pick<Access, 'current'>
  /** Whether the host says what becomes of each event. */
  readonly receipts: boolean
  readonly log: Log
  readonly signal: AbortSignal
  /** Says something in answer to a message; never throws. */
  tell(target: MessageTarget, text: string): void
}

export interface Presence {
  stored(message: InboundMessage): void
  /** More than the limit of a sender came, and this one was dropped. */
  tooFast(message: InboundMessage): void
  settle(receipt: Receipt): void
  close(): void
}

/** The same words are not said to a chat again within this time. */
const QUIET_MS = 10 * 60_000
const MOST_REMEMBERED = 1_000
/** The next session gets it. */
const SESSION_ENDED = 'session-ended'
const INTERRUPTED = 'interrupted'

export function createPresence(options: PresenceOptions): Presence {
  const { connection, limits, access, receipts, log, signal, tell } = options
  const typing = createTyping(connection, limits.typingMs, signal)
  const told = new Map<string, number>()

  const react = async (target: MessageTarget, point: Point): Promise<void> => {
    const emoji = reactionAt(point, await access.current())
    if (emoji === undefined || limits.reactions === 'none' || signal.aborted) return
    await connection.react(target, emoji, signal)
  }
  const show = (target: MessageTarget, point: Point) => {
    react(target, point).catch((thrown) => {
      if (!signal.aborted) log.warn(`a reaction could not be set: ${renderError(thrown)}`)
    })
  }
  const tellOnce = (target: MessageTarget, text: string) => {
    const key = JSON.stringify([target.chatId, text])
    const now = Date.now()
    if (now - (told.get(key) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return
    told.delete(key)
    told.set(key, now)
    const [oldest] = told.keys()
    if (told.size > MOST_REMEMBERED && oldest !== undefined) told.delete(oldest)
    tell(target, text)
  }

  return {
    stored(message) {
      const target = targetOf(message)
      show(target, 'received')
      // Towards other hosts nobody knows when the turn begins or ends.
      if (!receipts) typing.once(target)
    },
    tooFast: (message) =>
      tellOnce(targetOf(message), 'You write faster than is taken in here: some of your messages were dropped.'),
    settle({ eventId, state, reason }) {
      const origin = originOf(eventId)
      if (!origin) return
      switch (state) {
        case 'queued':
          return
        case 'started':
          typing.start(origin, eventId)
          // Said again with a reason: the agent waits for its provider.
          if (reason === undefined) show(origin, 'started')
          else tellOnce(origin, `The agent waits: ${inWords(reason)}.`)
          return
        case 'completed':
          typing.stop(eventId)
          show(origin, 'completed')
          return
        case 'failed':
          typing.stop(eventId)
          if (reason === SESSION_ENDED) return
          show(origin, 'failed')
          tellOnce(origin, `Your message was not answered: ${inWords(reason)}.`)
          return
        case 'dropped':
          typing.stop(eventId)
          tellOnce(origin, `Your message did not reach the agent: ${inWords(reason)}.`)
      }
    },
    close: () => typing.close(),
  }
}

function targetOf({ chat, id, threadId }: InboundMessage): MessageTarget {
  return { chatId: chat.id, messageId: id, ...(threadId === undefined ? {} : { threadId }) }
}

/** A host's reason is a word of a list, or a word that is shown as it is as far as it is one. */
function inWords(reason: string | undefined): string {
  if (reason === undefined) return 'the session does not say why'
  if (reason === INTERRUPTED) return 'somebody stopped the agent'
  if (Object.hasOwn(DROP_REASONS, reason)) return DROP_REASONS[reason as keyof typeof DROP_REASONS]
  return reason.replace(/[^\p{L}\p{N} .,:'-]/gu, ' ').slice(0, 200)
}
