/** The tab's title counts what the agent said while nobody looked. */
import { effect } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Store } from './store.ts'

export function useTitle({ entries, source }: Store): void {
  useEffect(() => {
    let seen = 0
    const count = () => entries.value.filter(({ from }) => from === 'assistant').length
    const show = () => {
      if (!document.hidden) seen = count()
      const unseen = count() - seen
      document.title = unseen > 0 ? `(${unseen}) ${source.value}` : source.value
    }
    const stop = effect(show)
    document.addEventListener('visibilitychange', show)
    return () => {
      stop()
      document.removeEventListener('visibilitychange', show)
    }
  }, [entries, source])
}
