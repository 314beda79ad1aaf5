/** Says soon when a file or folder of the state directory was changed by somebody else, however that one writes. */
import { type FSWatcher, statSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

export interface FileWatch {
  /** Idempotent. */
  close(): void
}

/** The net below the system's own notices, which are lost on some file systems. */
const LOOK_MS = 5_000
/** A program that writes in several steps is looked at once they are over. */
const REST_MS = 20

export interface WatchOptions {
  /** The path is a folder, and what is put into it counts. */
  readonly isFolder?: boolean
  /** How often it is looked at without a notice of the system; default 5000. */
  readonly lookMs?: number
}

/** @param changed called after a change, never for what came earlier */
export function watchFile(path: string, changed: () => void, options: WatchOptions = {}): FileWatch {
  const { isFolder = false, lookMs = LOOK_MS } = options
  let stamp = stampOf(path)
  let watcher: FSWatcher | undefined
  let resting: NodeJS.Timeout | undefined

  const look = () => {
    listen()
    const now = stampOf(path)
    if (now === stamp) return
    stamp = now
    changed()
  }
  const soon = () => {
    resting ??= setTimeout(() => {
      resting = undefined
      look()
    }, REST_MS)
  }
  /** The folder, not the file: one that is switched in is another file. The folder may come later. */
  const listen = () => {
    if (watcher) return
    try {
      watcher = watch(isFolder ? path : dirname(path), { persistent: false }, (_event, name) => {
        if (isFolder || name === null || name === basename(path)) soon()
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
  listen()
  const timer = setInterval(look, lookMs)
  timer.unref()
  return {
    close() {
      clearInterval(timer)
      clearTimeout(resting)
      forget()
    },
  }
}

/** Changes with every change of the file; `''` while there is none. */
export function stampOf(path: string): string {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true })
    return `${ino}:${size}:${mtimeNs}:${ctimeNs}`
  } catch {
    return ''
  }
}
