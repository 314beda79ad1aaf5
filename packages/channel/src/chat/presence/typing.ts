/** "… is typing" for as long as a turn of that chat runs: platforms show it for seconds, so it is said again and again. */
import type { ChatTarget, Connection } from '../platform/connection.ts'

export interface Typing {
  /** Shows it once. */
  once(target: ChatTarget): void
  /** Shows it until {@link stop} is called for the same work. */
  start(target: ChatTarget, work: string): void
  stop(work: string): void
  close(): void
}

/** A turn that takes longer is one of which nobody says that it ended. */
const LONGEST_MS = 30 * 60_000

export function createTyping(connection: Connection, typingMs: number | undefined, signal: AbortSignal): Typing {
  const loops = new Map<string, { readonly works: Set<string>; readonly timer: NodeJS.Timeout }>()
  const show = (target: ChatTarget) => {
    if (typingMs === undefined || signal.aborted) return
    // Nothing depends on it.
    connection.typing(target, signal).catch(() => {})
  }
  const end = (key: string) => {
    clearInterval(loops.get(key)?.timer)
    loops.delete(key)
  }
  return {
    once: show,
    start(target, work) {
      if (typingMs === undefined || signal.aborted) return
      const key = JSON.stringify([target.chatId, target.threadId ?? ''])
      const running = loops.get(key)
      if (running) {
        running.works.add(work)
        return
      }
      const until = Date.now() + LONGEST_MS
      show(target)
      // A little before it would vanish.
      const again = () => (Date.now() > until ? end(key) : show(target))
      const timer = setInterval(again, Math.max(50, typingMs * 0.8)).unref()
      loops.set(key, { works: new Set([work]), timer })
    },
    stop(work) {
      for (const [key, { works }] of loops) if (works.delete(work) && works.size === 0) end(key)
    },
    close() {
      for (const key of [...loops.keys()]) end(key)
    },
  }
}
