/** The whole page: status bar, messages, composer, and files dropped anywhere. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Client } from './client.ts'
import { Composer, type ComposerHandle } from './composer.tsx'
import { MessageList } from './message-list.tsx'
import { StatusBar } from './status-bar.tsx'
import { useTitle } from './title.ts'

export function App({ client }: { readonly client: Client }): JSX.Element {
  const composer = useRef<ComposerHandle>(null)
  const dropping = useDrop((files) => composer.current?.attach(files))
  const { notice } = client.store
  useTitle(client.store)
  const dismiss = () => {
    notice.value = undefined
  }

  return (
    <>
      <StatusBar client={client} />
      <MessageList client={client} onSuggest={(text) => composer.current?.suggest(text)} />
      {notice.value !== undefined && (
        <div class="notice" role="alert">
          <span>{notice.value}</span>
          <button type="button" class="link" onClick={dismiss}>
            Dismiss
          </button>
        </div>
      )}
      <Composer client={client} handle={composer} />
      {dropping.value && (
        <div class="drop" aria-hidden="true">
          <p>Drop files to attach them</p>
        </div>
      )}
    </>
  )
}

/** True while files hover over the window. */
function useDrop(onFiles: (files: readonly File[]) => void): { readonly value: boolean } {
  const hovering = useSignal(false)
  useEffect(() => {
    const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true
    const over = (event: DragEvent) => {
      if (!holdsFiles(event)) return
      event.preventDefault()
      hovering.value = true
    }
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) hovering.value = false
    }
    const drop = (event: DragEvent) => {
      if (!holdsFiles(event)) return
      event.preventDefault()
      hovering.value = false
      onFiles([...(event.dataTransfer?.files ?? [])])
    }
    addEventListener('dragover', over)
    addEventListener('dragleave', leave)
    addEventListener('drop', drop)
    return () => {
      removeEventListener('dragover', over)
      removeEventListener('dragleave', leave)
      removeEventListener('drop', drop)
    }
  }, [])
  return hovering
}
