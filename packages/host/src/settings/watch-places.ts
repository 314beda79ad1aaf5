/** Tells that files may have changed, those that are not there yet included: a folder may be made, moved or deleted. */
import { existsSync, type FSWatcher, watch } from 'node:fs'
import { dirname } from 'node:path'

export interface PlaceWatch {
  /** Looks again at what exists. To be called after each change, before the files are read. */
  renew(): void
  /** Idempotent. */
  close(): void
}

/**
 * Watches the paths and the folders they lie in, or, where one does not exist, the nearest above it. What no watcher
 * sees (a network disk, a link's target, too many watchers on the machine) is for the caller to ask about now and then.
 *
 * @param changed called for anything that happens there, often for nothing
 */
export function watchPlaces(paths: readonly string[], changed: () => void): PlaceWatch {
  let watchers: readonly FSWatcher[] = []
  const stop = () => {
    for (const watcher of watchers) watcher.close()
    watchers = []
  }
  const renew = () => {
    // All of them anew: the watcher of a folder that was deleted and made again watches nothing.
    stop()
    const there = new Set(paths.flatMap((path) => [nearestThere(path), nearestThere(dirname(path))]))
    watchers = [...there].flatMap((path) => open(path, changed))
  }
  renew()
  return { renew, close: stop }
}

function open(path: string, changed: () => void): FSWatcher[] {
  try {
    const watcher = watch(path, { persistent: false }, changed)
    watcher.on('error', () => watcher.close())
    return [watcher]
  } catch {
    return []
  }
}

function nearestThere(path: string): string {
  const above = dirname(path)
  return existsSync(path) || above === path ? path : nearestThere(above)
}
