/** Says soon when Messages has written something: by the system's notice of the file or its log, and now and then without one. */
import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

export interface Waker {
  /** Resolves at the next change, at once where there was one since the last wait, and after `ms` at the latest. */
  wait(ms: number, signal: AbortSignal): Promise<void>
  close(): void
}

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
  return {
    async wait(ms, signal) {
      listen()
      if (!changed && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        const timer = setTimeout(resolve, ms)
        signal.addEventListener('abort', () => resolve(), { once: true })
        await promise
        clearTimeout(timer)
        wake = undefined
      }
      changed = false
    },
    close: forget,
  }
}
