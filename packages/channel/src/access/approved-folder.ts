/**
 * `approved/<senderId>`: how a program that paired somebody, ours or a skill of an official plugin, asks the running
 * channel to tell them. The file's text is the chat; without one it is the sender's.
 */
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { renderError } from '@backchannel/protocol'
import type { Log } from '../log.ts'
import { type FileWatch, watchFile } from '../state/watch-file.ts'

export interface Approved {
  readonly sender: string
  readonly chat: string
}

export interface ApprovedOptions {
  /** The channel's state directory. */
  readonly directory: string
  readonly log: Log
  /** Whether the access file lets this sender write: only such a one is told anything. */
  mayWrite(sender: string): Promise<boolean>
  /** Each is told once, even where that takes long or fails. */
  approved(who: Approved): Promise<void> | void
}

const FOLDER = 'approved'
/** A chat's id is no longer than this, in bytes. */
const MOST_BYTES = 1_000
/** Handed over in one look; more are somebody's mistake. */
const MOST_AT_ONCE = 100

export function watchApproved({ directory, log, mayWrite, approved }: ApprovedOptions): FileWatch {
  const folder = join(directory, FOLDER)
  let closed = false
  let last: Promise<void> = Promise.resolve()

  const take = async (sender: string): Promise<void> => {
    const path = join(folder, sender)
    const found = await stat(path).catch(() => undefined)
    if (!found?.isFile() || found.size > MOST_BYTES || !(await mayWrite(sender))) return
    const chat = (await readFile(path, 'utf8').catch(() => '')).trim() || sender
    // First: a file that can't be taken away would have them told again and again.
    await rm(path)
    if (!closed) await approved({ sender, chat })
  }
  const look = async (): Promise<void> => {
    const names = await readdir(folder).catch(() => [])
    for (const name of names.filter((one) => !one.startsWith('.')).slice(0, MOST_AT_ONCE)) {
      await take(name).catch((thrown) =>
        log.error(`telling ${name} that they were paired failed: ${renderError(thrown)}`),
      )
    }
  }
  const soon = () => {
    last = last.then(look)
  }
  let watching: FileWatch | undefined
  const begin = async () => {
    // Where it can't be made nobody can leave anything in it either.
    await mkdir(folder, { recursive: true, mode: 0o700 }).catch(() => {})
    if (!closed) watching = watchFile(folder, soon, { isFolder: true })
    soon()
  }
  // For a file that came before its sender was let in.
  const timer = setInterval(soon, LOOK_MS)
  timer.unref()
  void begin()
  return {
    close() {
      closed = true
      clearInterval(timer)
      watching?.close()
    },
  }
}

const LOOK_MS = 5_000

/** Asks the running channel to tell them. Never rejects: whether they are told is not whether they are let in. */
export async function leaveApproved(directory: string, { sender, chat }: Approved): Promise<void> {
  if (!/^[^./\\\0][^/\\\0]{0,200}$/.test(sender)) return
  const folder = join(directory, FOLDER)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeFile(join(folder, sender), chat, { mode: 0o600 })
  } catch {
    // They find out with their next message.
  }
}
