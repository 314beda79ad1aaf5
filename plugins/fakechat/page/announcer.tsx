/**
 * Says to a screen reader what is new: what others write and what went wrong. The list of messages itself is silent, or
 * a reload would read out everything that was ever said.
 */
import { effect, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { renderDelivery } from './delivery-words.ts'
import { type Entry, isUnsent } from './entry.ts'
import { renderSnippet } from './format.ts'
import type { Store } from './store.ts'

/** Of a longer message the beginning is said; the rest can be read in the list. */
const SAID_CHARACTERS = 400
const SAID_AT_ONCE = 3

export function Announcer({ store }: { readonly store: Store }): JSX.Element {
  const said = useSignal('')
  useEffect(() => {
    const known = new Map<string, string | undefined>()
    return effect(() => {
      const { entries, connection } = store
      const isGreeted = connection.value.kind !== 'connecting'
      const news = entries.value.flatMap((entry) => {
        const { id, delivery } = entry
        const isNew = !known.has(id)
        const hasChanged = known.get(id) !== delivery?.kind
        known.set(id, delivery?.kind)
        if (!isGreeted) return []
        if (isNew) return isUnsent(entry) ? [] : [entry]
        return hasChanged && isProblem(entry) ? [entry] : []
      })
      // What comes before everything else is old.
      const oldest = entries.value.findIndex((entry) => !news.includes(entry))
      const heard = news.filter((entry) => oldest === -1 || entries.value.indexOf(entry) > oldest)
      if (heard.length > 0) said.value = heard.slice(-SAID_AT_ONCE).map(describe).join('. ')
    })
  }, [store])
  return (
    <div class="visually-hidden" aria-live="polite" aria-atomic="true">
      {said.value}
    </div>
  )
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
