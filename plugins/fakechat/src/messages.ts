/** The messages of this run, bounded: for edits to be checked, and for pages that connect or come back. */
import type { Message } from './wire.ts'

export interface Limits {
  /** Default: 500. */
  readonly count?: number
  /** UTF-16 units of all texts together; default: two million. */
  readonly units?: number
}

export interface Messages {
  /** Oldest first. */
  list(): readonly Message[]
  find(id: string): Message | undefined
  /** The oldest messages go when a limit is passed; the new one always stays. */
  add(message: Message): void
  /** Changes fields of a known message; false when the id is not known (any more). */
  change(id: string, changes: Partial<Omit<Message, 'id' | 'from'>>): boolean
}

export function createMessages({ count = 500, units = 2_000_000 }: Limits = {}): Messages {
  const byId = new Map<string, Message>()
  let held = 0

  const shrink = () => {
    for (const [id, message] of byId) {
      if (byId.size === 1 || (byId.size <= count && held <= units)) return
      byId.delete(id)
      held -= message.text.length
    }
  }

  return {
    list: () => [...byId.values()],
    find: (id) => byId.get(id),
    add(message) {
      held += message.text.length - (byId.get(message.id)?.text.length ?? 0)
      byId.delete(message.id)
      byId.set(message.id, message)
      shrink()
    },
    change(id, changes) {
      const message = byId.get(id)
      if (!message) return false
      const changed: Message = { ...message, ...changes }
      held += changed.text.length - message.text.length
      byId.set(id, changed)
      shrink()
      return true
    },
  }
}
