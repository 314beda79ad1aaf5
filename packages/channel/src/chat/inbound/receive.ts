/**
 * A message's way in: gate, verdict, store, event. What is ready goes to the journal at once; what has pictures, or belongs
 * to an album, is stored first and becomes an event when it is whole. Either way the platform may forget it then.
 */
import { BackchannelError, renderError, toError } from '@backchannel/protocol'
import type { Access } from '../../access/access.ts'
import type { Emit } from '../../define.ts'
import type { Tasks } from '../../journal/tasks.ts'
import type { Log } from '../../log.ts'
import type { Account } from '../platform/connection.ts'
import type { Attachment, InboundMessage, Reaction } from '../platform/inbound.ts'
import type { Received } from '../platform/platform.ts'
import { pause } from '../receiving/pause.ts'
import { admit, fromMessage, fromReaction, type Incoming } from './admit.ts'
import { createAlbums } from './albums.ts'
import { putInOrder } from './check.ts'
import { type FetchedFile, renderEvent, renderReaction } from './event.ts'
import { createLanes } from './lanes.ts'
import { createLoopGuard } from './loop-guard.ts'
import { RECEIVE, readStaged, taskIdOf } from './staged.ts'

export interface ReceiveOptions {
  readonly access: Pick<Access, 'admit' | 'current' | 'mayReach'>
  readonly tasks: Tasks
  readonly emit: Emit
  readonly log: Log
  readonly signal: AbortSignal
  me(): Account | undefined
  /** Fetches a picture of a message; rejects where it can't be had. */
  fetch(attachment: Attachment, message: InboundMessage): Promise<string>
  /** Fetches a voice message and says what is said in it; absent where nobody set that up. */
  hear?(attachment: Attachment, message: InboundMessage): Promise<{ readonly path: string; readonly spoken?: string }>
  /** A verdict, an answer or a word to the session, typed by an approver, ends here. */
  verdict(message: InboundMessage): Promise<boolean>
  /** A command of the chat, such as `/status`, is answered and ends here. */
  command(message: InboundMessage): Promise<boolean>
  /** It was written in a group that nobody has added. */
  unknownGroup(message: InboundMessage): void
  /** Shows a stranger the code. */
  showCode(message: InboundMessage, code: string, isNew: boolean): void
  /** It was dropped, and its sender is one who may know. */
  tooFast(message: InboundMessage): void
  /** It is on disk: the sender may see so. */
  stored(message: InboundMessage): void
  readonly albumQuietMs?: number
}

export interface Receiving {
  receive(message: InboundMessage): Promise<Received>
  reacted(reaction: Reaction): Promise<Received>
  /** Goes on with what an earlier process had stored; before anything new comes. Never rejects. */
  resume(): Promise<void>
  /** Resolves when all that was stored has become an event, or the session has ended. */
  settled(): Promise<void>
}

const RETRY_MS = 1_000
/** The kind of an attachment that is somebody speaking. */
const VOICE = 'voice'
/** Between tries to store an event that is whole. */
const AGAIN_MS = 500

export function createReceiving(options: ReceiveOptions): Receiving {
  const { access, tasks, emit, log, signal, me, fetch } = options
  /** Decisions, in the platform's order. */
  const deciding = createLanes()
  /** What is not an event yet, in the same order. */
  const making = createLanes()
  /** That nothing can be stored was said. */
  let failing = false
  const loops = createLoopGuard()
  const albums = createAlbums(options.albumQuietMs, signal)

  /** @returns whether it is a new one */
  const emitUntilStored = async (event: Parameters<Emit>[0]): Promise<boolean> => {
    for (;;) {
      try {
        return !(await emit(event)).duplicate
      } catch (thrown) {
        const code = BackchannelError.is(thrown) ? thrown.code : undefined
        if (code === 'event-too-large' || code === 'arguments-invalid') {
          log.error(`a message could not become an event: ${renderError(thrown)}`)
          return false
        }
        if (signal.aborted || code === 'closed') throw thrown
        log.warn(`a message could not be stored, and is tried again: ${renderError(thrown)}`)
        await pause(AGAIN_MS, signal)
        signal.throwIfAborted()
      }
    }
  }
  const fetchAll = (messages: readonly InboundMessage[]): Promise<FetchedFile[]> =>
    Promise.all(
      messages.flatMap((message) =>
        message.attachments.map(async (attachment): Promise<FetchedFile> => {
          try {
            if (attachment.kind === 'photo') return { attachment, path: await fetch(attachment, message) }
            if (options.hear && attachment.kind === VOICE) {
              return { attachment, ...(await options.hear(attachment, message)) }
            }
            return { attachment }
          } catch (thrown) {
            if (signal.aborted) throw thrown
            log.warn(`a file could not be fetched; the agent gets its id: ${renderError(thrown)}`)
            return { attachment }
          }
        }),
      ),
    )
  /** Makes an event of what is stored. A kill on the way makes it again, and the journal knows it by its delivery. */
  const make = async (collect: () => Promise<readonly InboundMessage[]> | readonly InboundMessage[]): Promise<void> => {
    const messages = await collect()
    if (messages.length === 0) return
    const isNew = await emitUntilStored(renderEvent(messages, await fetchAll(messages)))
    const [first] = messages
    // The event is known by its first message; that the others are in it has to be remembered.
    const outcome = messages.length > 1 ? { deliveryId: first?.deliveryId } : undefined
    for (const message of messages) await tasks.finish(taskIdOf(message), outcome)
    if (first && isNew) options.stored(first)
  }
  const enqueue = (message: InboundMessage): void => {
    const { chat, albumId } = message
    const album = albumId === undefined || message.edited ? undefined : albums.add(chat.id, albumId, message)
    if (album === 'joined') return
    const collect = album === undefined ? () => [message] : album
    making
      .run(chat.id, () => make(collect))
      .catch((thrown) => {
        if (!signal.aborted) log.error(`a stored message waits for the next session: ${renderError(thrown)}`)
      })
  }
  const needsTime = ({ chat, albumId, edited, attachments }: InboundMessage) =>
    (albumId !== undefined && !edited) ||
    attachments.some(({ kind }) => kind === 'photo' || (options.hear && kind === VOICE)) ||
    !making.isIdle(chat.id)

  const takeIn = async (message: InboundMessage): Promise<Received> => {
    if (needsTime(message)) {
      const isNew = await tasks.put({ taskId: taskIdOf(message), kind: RECEIVE, payload: message })
      if (isNew) enqueue(message)
      return { kind: 'stored', duplicate: !isNew }
    }
    const files = message.attachments.map((attachment) => ({ attachment }))
    const { duplicate } = await emit(renderEvent([message], files))
    if (!duplicate) options.stored(message)
    return { kind: 'stored', duplicate }
  }
  const decide = async (message: InboundMessage): Promise<Received> => {
    const admission = await admit(fromMessage(message), access, me()?.id)
    if (admission.kind === 'drop' && admission.reason === 'rate-limited') options.tooFast(message)
    if (admission.kind === 'drop' && admission.reason === 'group-unknown') options.unknownGroup(message)
    if (admission.kind === 'pair') options.showCode(message, admission.code, admission.isNew)
    if (admission.kind !== 'admit') {
      return { kind: 'dropped', reason: admission.kind === 'drop' ? admission.reason : 'pairing' }
    }
    if (!message.edited && loops.isTooMany(message)) {
      log.warn(`a bot was not heard in the chat ${message.chat.id}: bots have written there alone for too long`)
      return { kind: 'dropped', reason: 'bot-loop' }
    }
    // What somebody else wrote is nobody's verdict, and neither is what was changed afterwards.
    if (!message.edited && message.forwardedFrom === undefined) {
      if (await options.verdict(message)) return { kind: 'dropped', reason: 'verdict' }
      if (await options.command(message)) return { kind: 'dropped', reason: 'command' }
    }
    return takeIn(message)
  }
  const guarded = (incoming: Incoming, work: () => Promise<Received>): Promise<Received> =>
    deciding.run(incoming.chat.id, async () => {
      try {
        const received = await work()
        failing = false
        return received
      } catch (thrown) {
        const code = BackchannelError.is(thrown) ? thrown.code : undefined
        if (code === 'event-too-large' || code === 'arguments-invalid') return { kind: 'dropped', reason: code }
        if (!signal.aborted && !failing) log.warn(`messages can't be stored now: ${toError(thrown).message}`)
        failing = true
        return { kind: 'deferred', retryAfterMs: RETRY_MS }
      }
    })

  return {
    receive(given) {
      const message = putInOrder(given)
      return guarded(fromMessage(message), () => decide(message))
    },
    reacted: (reaction) =>
      guarded(fromReaction(reaction), async () => {
        const admission = await admit(fromReaction(reaction), access, me()?.id)
        if (admission.kind !== 'admit')
          return { kind: 'dropped', reason: admission.kind === 'drop' ? admission.reason : 'pairing' }
        const { duplicate } = await emit(renderReaction(reaction))
        return { kind: 'stored', duplicate }
      }),
    async resume() {
      try {
        for (const { taskId, payload } of await tasks.open(RECEIVE)) {
          const message = readStaged(payload)
          if (message) enqueue(message)
          else await tasks.finish(taskId)
        }
      } catch (thrown) {
        log.error(`messages that an earlier session had stored can't be read now: ${renderError(thrown)}`)
      }
    },
    settled: () => making.settled(),
  }
}
