/** Says soon when Messages has written something: by the system's notice of the file or its log, and now and then without one. */
import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { pause } from '@backchannel/channel/chat'

export interface Waker {
  /** Resolves soon after the next change, or after the last wait where there was one since, and after `ms` at the latest. */
  wait(ms: number, signal: AbortSignal): Promise<void>
  close(): void
}

/** What is written in several steps is looked at once they are over. */
const REST_MS = 10

export function createWaker(database: string): Waker {
  const name = basename(database)
  let changed = false
  let wake: (() => void) | undefined
  let watcher: FSWatcher | undefined

  /** The folder: the log comes and goes, and a file that is put in its place is another one. */
  const listen = () => {
    if (watcher) return
    try {
      watcher = watch(dirname(database), { persistent: false }, (_event, file) => {
        if (file !== null && !file.startsWith(name)) return
        changed = true
        wake?.()
      })
      watcher.on('error', forget)
    } catch {
      forget()
    }
  }
  const forget = () => {
    watcher?.close()
    watcher = undefined
  }
  // Before the first look: what is written between that one and the first wait is noticed too.
  listen()
  return {
    async wait(ms, signal) {
      listen()
      if (!changed)
        await pause(ms, signal, (resolve) => {
          wake = resolve
        })
      wake = undefined
      if (changed) await pause(REST_MS, signal)
      changed = false
    },
    close: forget,
  }
}
