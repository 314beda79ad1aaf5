/** Work in order within a key, and side by side across keys. */

export interface Lanes {
  /** Runs `work` once all earlier work of that key has ended, however it ended. */
  run<Result>(key: string, work: () => Promise<Result>): Promise<Result>
  isIdle(key: string): boolean
  /** Resolves when nothing is under way. */
  settled(): Promise<void>
}

export function createLanes(): Lanes {
  const lanes = new Map<string, Promise<unknown>>()
  return {
    async run(key, work) {
      const mine = (lanes.get(key) ?? Promise.resolve()).catch(() => {}).then(work)
      lanes.set(key, mine)
      try {
        return await mine
      } finally {
        if (lanes.get(key) === mine) lanes.delete(key)
      }
    },
    isIdle: (key) => !lanes.has(key),
    async settled() {
      while (lanes.size > 0) await Promise.allSettled(lanes.values())
    },
  }
}
