/**
 * Which conversations an agent has had in a project, so that one can go on in a later session; and that no two processes go on
 * with the same one, of which the histories would part without a word.
 */
import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { BackchannelError, isRecord } from '@backchannel/protocol'
import writeFileAtomic from 'write-file-atomic'
import { readJsonFile } from '../json/read.ts'
import { realFolder } from '../mcp/consent-file.ts'
import { type FileLock, lockFile } from '../processes/file-lock.ts'

export interface ConversationsOptions {
  /** `HostPaths.agents`. */
  readonly folder: string
  /** Whose conversations: `claude`, or an ACP agent's command. */
  readonly agent: string
  readonly cwd: string
}

export interface Conversations {
  /**
   * Takes one to go on with, for this process alone.
   * @param asked an id, or the last one of this project
   * @throws BackchannelError `resume-refused`, `state-unwritable`
   */
  resume(asked: string | 'latest'): Promise<string>
  /** This process works on it from now on, and on no other. @throws BackchannelError as `resume` */
  begin(id: string): Promise<void>
  /** Lets the one it holds go. Idempotent. */
  close(): void
}

/** Of a project, newest first. */
const MOST_KEPT = 50

export function createConversations({ folder, agent, cwd }: ConversationsOptions): Conversations {
  let held: { readonly id: string; readonly lock: FileLock } | undefined

  const hold = async (id: string): Promise<void> => {
    if (held?.id === id) return
    const lock = await takeLock(folder, `${agent} ${id}`)
    if (!lock)
      throw refused(
        `Another process goes on with the conversation ${id}.`,
        'End that session first, or start a new conversation.',
      )
    held?.lock.close()
    held = { id, lock }
  }
  const file = async () => join(folder, `${digest(`${agent} ${await realFolder(cwd)}`)}.json`)
  const read = async (): Promise<readonly string[]> => {
    const found = await readJsonFile({ file: await file(), code: 'state-invalid' }).catch(() => undefined)
    const ids = isRecord(found?.value) ? found.value['conversations'] : undefined
    return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : []
  }
  return {
    async resume(asked) {
      const [latest] = asked === 'latest' ? await read() : [asked]
      if (latest === undefined)
        throw refused(
          `There is no conversation of ${agent} in ${cwd} to go on with.`,
          'Leave --continue out to start one.',
        )
      await hold(latest)
      return latest
    },
    async begin(id) {
      await hold(id)
      const others = (await read()).filter((known) => known !== id)
      const kept = [id, ...others].slice(0, MOST_KEPT)
      const text = JSON.stringify({ version: 1, agent, cwd: await realFolder(cwd), conversations: kept }, null, 2)
      await writeFileAtomic(await file(), `${text}\n`, { mode: 0o600 }).catch((cause: unknown) => {
        throw unwritable(folder, cause)
      })
    },
    close() {
      held?.lock.close()
      held = undefined
    },
  }
}

async function takeLock(folder: string, name: string): Promise<FileLock | undefined> {
  try {
    await mkdir(join(folder, 'locks'), { recursive: true, mode: 0o700 })
    return lockFile(join(folder, 'locks', `${digest(name)}.lock`))
  } catch (cause) {
    throw unwritable(folder, cause)
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

function refused(message: string, hint: string): BackchannelError {
  return new BackchannelError('resume-refused', message, { hint })
}

function unwritable(folder: string, cause: unknown): BackchannelError {
  return new BackchannelError('state-unwritable', `Which conversations there are could not be kept in ${folder}.`, {
    hint: 'Make it writable for this user, and free some space.',
    cause,
  })
}
