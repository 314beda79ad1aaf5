/** A verdict typed into a chat: `yes abcde`, `n abcde` (contract 5). */

export type Behavior = 'allow' | 'deny'
export type TypedVerdict = {
  readonly requestId: string
  readonly behavior: Behavior
}

const TYPED = /^\s*(y|yes|n|no)\s+([a-km-z]{5})\s*$/i

/**
 * Reads a typed verdict. It counts only for an id that is open: `yes great` has the shape of one too, so with no such
 * request open the text is an ordinary message.
 * @param isOpen whether a request of that (lower-cased) id is open for this sender and chat.
 */
export function parseVerdict(text: string, isOpen: (requestId: string) => boolean): TypedVerdict | undefined {
  const match = TYPED.exec(text)
  if (!match) return undefined
  const requestId = (match[2] ?? '').toLowerCase()
  if (!isOpen(requestId)) return undefined
  return {
    requestId,
    behavior: (match[1] ?? '').toLowerCase().startsWith('y') ? 'allow' : 'deny',
  }
}
