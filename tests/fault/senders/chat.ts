/** What the runs on chat platforms share: a network that goes away now and then, and what the chats must show at the end. */
import { setTimeout as delay } from 'node:timers/promises'
import { idOf } from '../record.ts'
import type { ReplyCount } from '../subjects.ts'

const OFFLINE_EVERY_MS = 1_500
const OFFLINE_MS = 300
/** What the kit writes into a message that may be there already. */
const LABEL = '(may be a repeat)'

export interface Network {
  offline(): Promise<void>
  online(): Promise<void>
}

/** Now and then the network is gone. */
export function startWeather({ offline, online }: Network): { close(): Promise<void> } {
  const end = new AbortController()
  const blow = async () => {
    while (!end.signal.aborted) {
      await delay(OFFLINE_EVERY_MS, undefined, { signal: end.signal }).catch(() => {})
      if (end.signal.aborted) return
      await offline()
      await delay(OFFLINE_MS)
      await online()
    }
  }
  const blowing = blow()
  return {
    async close() {
      end.abort()
      await blowing
    },
  }
}

/** Every answer is in its chat once, or a further one says that it may be a repeat. @param texts of all that was sent */
export function judgeAnswers(
  source: string,
  texts: readonly string[],
  { calls, killedSessions }: ReplyCount,
): readonly string[] {
  const plain = new Map<string, number>()
  const all = new Map<string, number>()
  for (const text of texts) {
    const id = idIn(source, text)
    if (id === undefined) continue
    all.set(id, (all.get(id) ?? 0) + 1)
    if (!text.includes(LABEL)) plain.set(id, (plain.get(id) ?? 0) + 1)
  }
  const missing = [...calls].filter(([id, { ok }]) => ok > 0 && !all.has(id)).map(([id]) => id)
  const doubled = [...plain].filter(([id, count]) => count > (calls.get(id)?.called ?? 0)).map(([id]) => id)
  const problems = missing.length === 0 ? [] : [`answered, and not in the chat: ${missing.slice(0, 5).join(', ')}`]
  // A session that is killed may have called the tool for one more answer than it could say.
  if (doubled.length > killedSessions) problems.push(`in the chat twice, unlabelled: ${doubled.slice(0, 5).join(', ')}`)
  return problems
}

export function judgeReceivers(conflicts: number): readonly string[] {
  return conflicts > 0 ? [`two processes received at once, ${conflicts} times`] : []
}

/** What the demo agent says of an event. */
function idIn(source: string, text: string): string | undefined {
  const answers = text.startsWith(`I received this from ${source} by `) && text.includes(': ')
  return answers ? idOf(text.slice(text.indexOf(': ') + 2)) : undefined
}
