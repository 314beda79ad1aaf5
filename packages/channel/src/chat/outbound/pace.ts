/** When something may be sent to a chat: one thing at a time, in order, and not before the platform's word. Chats do not wait for each other. */
import { setTimeout as sleep } from 'node:timers/promises'

export interface Pace {
  /** Runs `work` once everything of that chat that came before has ended, and the chat may be written to. */
  run<Result>(chatId: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result>
  /** Until when nothing may be sent there; milliseconds since 1970. */
  until(chatId: string): number
  /** The platform asks to wait, for this chat or for all of them. */
  hold(chatId: string, ms: number, everywhere: boolean): void
}

export function createPace(now: () => number = Date.now): Pace {
  const lanes = new Map<string, Promise<unknown>>()
  const held = new Map<string, number>()
  let heldEverywhere = 0

  const until = (chatId: string) => Math.max(held.get(chatId) ?? 0, heldEverywhere)
  return {
    async run(chatId, signal, work) {
      const before = lanes.get(chatId) ?? Promise.resolve()
      const mine = before
        .catch(() => {})
        .then(async () => {
          signal.throwIfAborted()
          return work()
        })
      lanes.set(chatId, mine)
      try {
        return await mine
      } finally {
        if (lanes.get(chatId) === mine) lanes.delete(chatId)
      }
    },
    until,
    hold(chatId, ms, everywhere) {
      const at = now() + ms
      if (everywhere) heldEverywhere = Math.max(heldEverywhere, at)
      else held.set(chatId, Math.max(until(chatId), at))
      for (const [id, end] of held) if (end <= now()) held.delete(id)
    },
  }
}

/** Waits until a moment, or throws the reason of the signal. */
export async function waitUntil(at: number, signal: AbortSignal): Promise<void> {
  const ms = at - Date.now()
  if (ms > 0) await sleep(ms, undefined, { signal })
  signal.throwIfAborted()
}
