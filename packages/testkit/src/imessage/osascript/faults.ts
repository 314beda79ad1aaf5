/** What goes wrong with sends, on demand: each fault is taken by the next send that it fits, so many times. */

export type ScriptFaultKind =
  /** Messages knows no such chat: -1728, nothing is sent. */
  | 'not-found'
  /** Messages is not there just now: -600, nothing is sent. */
  | 'not-running'
  /** The Apple event times out: -1712, nothing is sent. */
  | 'timeout'
  /** No answer, nothing is sent: osascript runs until it is killed. */
  | 'hang'
  /** It is sent, and there is no answer. */
  | 'sent-then-hang'
  /** It is sent, and osascript dies without a word (137). */
  | 'sent-then-crash'
  /** It is sent, and osascript says that it timed out. */
  | 'sent-then-timeout'
  /** All is well, and no row ever appears. */
  | 'no-row'
  /** The row says that it was not sent: `error` 22, `is_sent` 0. */
  | 'not-sent'
  /** All is well, and what appears is an empty SMS row in no chat, as for groups by a wrong id on macOS 26. */
  | 'ghost'

export interface ScriptFault {
  readonly kind: ScriptFaultKind
  /** Only sends of this text, or of a file with this name. */
  readonly text?: string
  /** Only sends to this chat, by its guid. */
  readonly chat?: string
  /** Default 1. */
  readonly times?: number
}

export interface ScriptFaults {
  add(fault: ScriptFault | ScriptFaultKind): void
  clear(): void
}

export interface FaultQueue extends ScriptFaults {
  take(text: string, chat: string): ScriptFaultKind | undefined
}

export function createFaults(): FaultQueue {
  let waiting: { readonly fault: ScriptFault; left: number }[] = []
  return {
    add(given) {
      const fault = typeof given === 'string' ? { kind: given } : given
      waiting.push({ fault, left: fault.times ?? 1 })
    },
    clear() {
      waiting = []
    },
    take(text, chat) {
      const entry = waiting.find(({ fault }) => (fault.text ?? text) === text && (fault.chat ?? chat) === chat)
      if (!entry) return undefined
      entry.left -= 1
      if (entry.left <= 0) waiting = waiting.filter((one) => one !== entry)
      return entry.fault.kind
    },
  }
}
