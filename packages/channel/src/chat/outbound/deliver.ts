/** Sends a message in its parts, one after the other, each noted before and after; what fails says what was sent so far. */
import { setTimeout as sleep } from 'node:timers/promises'
import { BackchannelError, isRecord, toError } from '@backchannel/protocol'
import { createOrderedId } from '../../events/ordered-id.ts'
import type { Task, Tasks } from '../../journal/tasks.ts'
import type { OpenedFile } from '../files/outgoing.ts'
import type { Connection } from '../platform/connection.ts'
import type { PlatformLimits } from '../platform/limits.ts'
import { type AttemptLimits, attempt } from './attempts.ts'
import { type Intent, labelled, type Part, SEND } from './intent.ts'
import type { Pace } from './pace.ts'

export interface DeliverOptions {
  readonly connection: Connection
  readonly limits: PlatformLimits
  readonly tasks: Tasks
  readonly pace: Pace
  /** Of the session: what it ends in the middle is left for the next one. */
  readonly session: AbortSignal
  readonly attempts?: AttemptLimits
  /** The intent could not be marked: told, since the next start repeats it with its label. */
  warn(message: string): void
}

export interface OutgoingReply {
  readonly chatId: string
  readonly threadId?: string
  readonly parts: readonly Part[]
  /** Open, by their paths. */
  readonly files: ReadonlyMap<string, OpenedFile>
  /** What it is known by, and whether another process may have taken it on already: then nothing is sent a second time. */
  readonly call?: { readonly key: string; readonly again: boolean }
}

export interface Deliver {
  /**
   * Resolves with the ids of all that was sent.
   * @throws BackchannelError `send-failed`, which says what was sent; `journal-unavailable` where nothing was
   */
  send(reply: OutgoingReply, signal: AbortSignal): Promise<readonly string[]>
  /** Whether this process is at it now. */
  isActive(taskId: string): boolean
  /** Goes on with what an earlier process began. @throws as {@link send} */
  resume(task: Pick<Task, 'taskId' | 'storedAt'>, intent: Intent, files: Files): Promise<readonly string[]>
}

const LOOK_MS = 100

export function createDeliver(options: DeliverOptions): Deliver {
  const { connection, limits, tasks, pace, session, attempts, warn } = options

  const active = new Set<string>()

  const sendPart = async (taskId: string, intent: Intent, repeat: boolean, work: Work): Promise<readonly string[]> => {
    const { text, files, replyTo } = intent.parts[intent.next] as Part
    const given = files.map((path) => work.files.get(path)).filter((file) => file !== undefined)
    // When it may have been sent for the first time.
    const since = repeat ? (work.storedAt ?? 0) : Date.now()
    const target = {
      chatId: intent.chatId,
      ...(intent.threadId === undefined ? {} : { threadId: intent.threadId }),
      ...(replyTo === undefined ? {} : { replyTo }),
    }
    const call = async (repeated: boolean, signal: AbortSignal): Promise<readonly string[]> => {
      const isRepeat = (repeated || repeat) && !isRecognised(limits, since)
      const texts = isRepeat ? labelled(text, limits.textUnits) : [text]
      const ids: string[] = []
      for (const [at, one] of texts.entries()) {
        const isLast = at === texts.length - 1
        const key = `${taskId}-${intent.next}${isLast ? '' : '-label'}`
        const message = { ...target, key, text: one, files: isLast ? given : [] }
        ids.push(...(await connection.send(message, signal)).messageIds)
      }
      return ids
    }
    const bounds = attempts ? { limits: attempts } : {}
    return attempt(call, { chatId: intent.chatId, pace, signal: work.signal, ...bounds })
  }

  const run = async (taskId: string, first: Intent, repeat: boolean, work: Work): Promise<readonly string[]> => {
    let intent = first
    const note = (task: Promise<void>) =>
      task.catch((thrown) => warn(`that a message was sent could not be noted: ${toError(thrown).message}`))
    try {
      while (intent.next < intent.parts.length) {
        const isRepeat = repeat && intent.next === first.next
        const ids = await sendPart(taskId, intent, isRepeat, work)
        intent = { ...intent, next: intent.next + 1, ids: [...intent.ids, ...ids] }
        if (intent.next < intent.parts.length) await note(tasks.change(taskId, intent))
      }
    } catch (thrown) {
      // A session that ends is no answer: the next one sends the rest, labelled.
      if (!session.aborted) await note(tasks.finish(taskId, { ids: intent.ids, failed: toError(thrown).message }))
      throw failure(intent, thrown)
    }
    await note(tasks.finish(taskId, { ids: intent.ids }))
    return intent.ids
  }

  const whileActive = async <Result>(taskId: string, work: () => Promise<Result>): Promise<Result> => {
    active.add(taskId)
    try {
      return await work()
    } finally {
      active.delete(taskId)
    }
  }

  return {
    isActive: (taskId) => active.has(taskId),
    async send({ chatId, threadId, parts, files, call }, signal) {
      // Not in the chat's turn: what is sent again from what another process left needs that.
      if (call?.again && (await isKnown(tasks, call.key))) return whenDone(tasks, call.key, signal)
      return pace.run(chatId, signal, async () => {
        const taskId = call?.key ?? createOrderedId()
        const thread = threadId === undefined ? {} : { threadId }
        const intent: Intent = { chatId, ...thread, parts, next: 0, ids: [], resumed: false }
        return whileActive(taskId, async () => {
          await tasks.put({ taskId, kind: SEND, payload: intent })
          return run(taskId, intent, false, { files, signal })
        })
      })
    },
    resume: ({ taskId, storedAt }, intent, files) =>
      whileActive(taskId, () =>
        pace.run(intent.chatId, session, async () => {
          const again = { ...intent, resumed: true }
          await tasks.change(taskId, again)
          return run(taskId, again, true, { files, signal: session, storedAt })
        }),
      ),
  }
}

type Files = ReadonlyMap<string, OpenedFile>

async function isKnown(tasks: Tasks, key: string): Promise<boolean> {
  if ((await tasks.outcome(key)) !== undefined) return true
  return (await tasks.open(SEND)).some(({ taskId }) => taskId === key)
}

/** Another process took the message on, and it is being sent again from what that one left. @throws as `send` */
async function whenDone(tasks: Tasks, taskId: string, signal: AbortSignal): Promise<readonly string[]> {
  for (;;) {
    const outcome = await tasks.outcome(taskId)
    if (isRecord(outcome)) {
      if (typeof outcome['failed'] === 'string') throw new BackchannelError('send-failed', outcome['failed'])
      return Array.isArray(outcome['ids']) ? outcome['ids'].map(String) : []
    }
    await sleep(LOOK_MS, undefined, { signal })
  }
}

interface Work {
  readonly files: Files
  readonly signal: AbortSignal
  /** Of one that an earlier process began: when, in milliseconds since 1970. */
  readonly storedAt?: number
}

/** Whether the platform still knows a message by its key. */
function isRecognised({ deduplicates }: PlatformLimits, since: number): boolean {
  return typeof deduplicates === 'boolean' ? deduplicates : Date.now() - since < deduplicates.forMs
}

function failure({ next, parts, ids }: Intent, thrown: unknown): BackchannelError {
  const sent =
    next === 0
      ? parts.length === 1
        ? ''
        : `none of ${parts.length} parts was sent: `
      : `${next} of ${parts.length} parts ${next === 1 ? 'was' : 'were'} sent${ids.length === 0 ? '' : ` (ids: ${ids.join(', ')})`}, not the rest: `
  return new BackchannelError('send-failed', `${sent}${toError(thrown).message}`, { cause: thrown })
}
