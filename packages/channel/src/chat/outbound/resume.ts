/** At the start, and at a take-over: messages that an earlier process was sending when it ended are sent once more, labelled, and never a third time. */
import { renderError } from '@backchannel/protocol'
import type { Task, Tasks } from '../../journal/tasks.ts'
import type { Log } from '../../log.ts'
import type { OpenedFile, OutgoingFiles } from '../files/outgoing.ts'
import type { Deliver } from './deliver.ts'
import { type Intent, readIntent, SEND } from './intent.ts'

export interface ResumeOptions {
  readonly tasks: Tasks
  readonly deliver: Deliver
  readonly files: OutgoingFiles
  readonly log: Log
  /** Whether the chat is still one that may be written to. */
  mayReach(chatId: string): Promise<boolean>
}

/** An answer that is older helps nobody. */
const LONGEST_MS = 24 * 60 * 60 * 1000

/** Resolves when all are sent or given up; never rejects. Chats do not wait for each other. */
export async function resumeSending(options: ResumeOptions): Promise<void> {
  const { tasks, deliver, log } = options
  try {
    const open = (await tasks.open(SEND)).filter(({ taskId }) => !deliver.isActive(taskId))
    await Promise.all(
      open.map(async ({ taskId, payload, storedAt }) => {
        const intent = readIntent(payload)
        const why = intent ? await reasonNotTo(intent, storedAt, options) : 'it can not be read'
        if (intent && why === undefined) return resumeOne({ taskId, storedAt }, intent, options)
        log.warn(`a message of an earlier session was not sent again: ${why}`)
        return tasks.finish(taskId, { ids: intent?.ids ?? [], failed: why })
      }),
    )
  } catch (thrown) {
    log.warn(`messages of an earlier session can't be sent again now: ${renderError(thrown)}`)
  }
}

async function reasonNotTo(intent: Intent, storedAt: number, { mayReach }: ResumeOptions): Promise<string | undefined> {
  if (intent.resumed) return 'it was tried at an earlier start already'
  if (Date.now() - storedAt > LONGEST_MS) return 'it is more than a day old'
  return (await mayReach(intent.chatId)) ? undefined : 'its chat may not be written to any more'
}

async function resumeOne(
  task: Pick<Task, 'taskId' | 'storedAt'>,
  intent: Intent,
  { deliver, files, log, tasks }: ResumeOptions,
): Promise<void> {
  const paths = [...new Set(intent.parts.slice(intent.next).flatMap((part) => part.files))]
  let opened: readonly OpenedFile[] = []
  try {
    opened = await files.open(paths)
  } catch (thrown) {
    log.warn(`a message of an earlier session was not sent again: ${renderError(thrown)}`)
    return tasks.finish(task.taskId, { ids: intent.ids, failed: renderError(thrown) })
  }
  try {
    await deliver.resume(task, intent, new Map(opened.map((file) => [file.path, file])))
    log.info('a message that an earlier session was sending was sent once more')
  } catch (thrown) {
    log.warn(`a message of an earlier session could not be sent: ${renderError(thrown)}`)
  } finally {
    await Promise.all(opened.map((file) => file.close()))
  }
}
