/** What is new on the page, in words for a screen reader: what others write and what went wrong, and nothing that was there before. */
import { effect } from '@preact/signals'
import { renderDelivery } from './delivery-words.ts'
import { type Entry, isUnsent } from './entry.ts'
import { renderSnippet } from './format.ts'
import type { Store } from './store.ts'

/** Of a longer message the beginning is said; the rest can be read in the list. */
const SAID_CHARACTERS = 400
const SAID_AT_ONCE = 3

/** @returns ends it. What the store holds when this is called counts as read, whenever that is. */
export function followNews(store: Pick<Store, 'entries' | 'connection'>, say: (text: string) => void): () => void {
  const known = new Map<string, string | undefined>()
  let isFirst = true
  return effect(() => {
    const { entries, connection } = store
    const isOld = connection.value.kind === 'connecting' || isFirst
    isFirst = false
    const news = entries.value.flatMap((entry) => {
      const { id, delivery } = entry
      const isNew = !known.has(id)
      const hasChanged = known.get(id) !== delivery?.kind
      known.set(id, delivery?.kind)
      if (isOld) return []
      if (isNew) return isUnsent(entry) ? [] : [entry]
      return hasChanged && isProblem(entry) ? [entry] : []
    })
    // What comes before everything else is old.
    const oldest = entries.value.findIndex((entry) => !news.includes(entry))
    const heard = news.filter((entry) => oldest === -1 || entries.value.indexOf(entry) > oldest)
    if (heard.length > 0) say(heard.slice(-SAID_AT_ONCE).map(describe).join('. '))
  })
}

function isProblem({ delivery }: Entry): boolean {
  const kind = delivery?.kind
  return kind === 'failed' || kind === 'dropped' || kind === 'unsent'
}

function describe(entry: Entry): string {
  const { from, text, files, delivery } = entry
  const names = files.map(({ name }) => name)
  const what = [...(text === '' ? [] : [renderSnippet(text, SAID_CHARACTERS)]), ...names].join(', ')
  if (delivery && isProblem(entry)) return `Your message ${renderSnippet(what, 60)}: ${renderDelivery(delivery, true)}`
  return `${from === 'user' ? 'You, in another page' : 'Agent'}: ${what}`
}
