/** The whole page: status bar, messages, composer, and files dropped anywhere. */
import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { Announcer } from './announcer.tsx'
import { PermissionCards } from './approvals/cards.tsx'
import { Note } from './approvals/note.tsx'
import { Pairing } from './approvals/pairing.tsx'
import { QuestionCards } from './approvals/questions.tsx'
import type { Client } from './client.ts'
import { Composer, type ComposerHandle } from './composer.tsx'
import { MessageList } from './message-list.tsx'
import { StatusBar } from './status-bar.tsx'
import { useTitle } from './title.ts'
import { useDrop } from './use-drop.ts'

export function App({ client }: { readonly client: Client }): JSX.Element {
  const composer = useRef<ComposerHandle>(null)
  const dropping = useDrop((files, folders) => composer.current?.attach(files, folders))
  const { notice, problem } = client.store
  useTitle(client.store)
  const dismiss = () => {
    notice.value = undefined
  }

  return (
    <>
      <StatusBar client={client} />
      <MessageList client={client} onSuggest={(text) => composer.current?.suggest(text)} />
      <Announcer store={client.store} />
      {problem.value !== undefined && (
        <output class="notice">{problem.value} What is said now is not kept for later.</output>
      )}
      {notice.value !== undefined && (
        <div class="notice" role="alert">
          <span>{notice.value}</span>
          <button type="button" class="link" onClick={dismiss}>
            Dismiss
          </button>
        </div>
      )}
      <Pairing client={client} />
      <PermissionCards client={client} />
      <QuestionCards client={client} />
      <Note client={client} />
      <Composer client={client} handle={composer} />
      {dropping.value && (
        <div class="drop" aria-hidden="true">
          <p>Drop files to attach them</p>
        </div>
      )}
    </>
  )
}
