/**
 * Says to a screen reader what is new. The list of messages itself is silent, or a reload would read out everything that
 * was ever said.
 */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { followNews } from './news.ts'
import type { Store } from './store.ts'

export function Announcer({ store }: { readonly store: Store }): JSX.Element {
  const said = useSignal('')
  useEffect(
    () =>
      followNews(store, (text) => {
        said.value = text
      }),
    [store],
  )
  return (
    <div class="visually-hidden" aria-live="polite" aria-atomic="true">
      {said.value}
    </div>
  )
}
