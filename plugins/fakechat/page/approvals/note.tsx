/** What the session says to a command such as `/status`, until somebody has read it. */
import type { JSX } from 'preact'
import type { Client } from '../client.ts'

export function Note({ client }: { readonly client: Client }): JSX.Element | null {
  const { note } = client.approvals
  if (note.value === undefined) return null
  const dismiss = () => {
    note.value = undefined
  }
  return (
    <section class="note" aria-label="The session says">
      <output>{note.value}</output>
      <button type="button" class="link" onClick={dismiss}>
        Dismiss
      </button>
    </section>
  )
}
