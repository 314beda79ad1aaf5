/** What became of a message of the person, in a word, and what they can do about it. */
import type { JSX } from 'preact'
import type { Client } from './client.ts'
import { AlertIcon, CheckIcon, ClockIcon, DoneIcon } from './icons.tsx'
import type { Delivery, Entry } from './store.ts'

export interface DeliveryNoteProps {
  readonly entry: Entry
  readonly delivery: Delivery
  readonly client: Client
}

export function DeliveryNote({ entry, delivery, client }: DeliveryNoteProps): JSX.Element {
  const { outbox } = client
  switch (delivery.kind) {
    case 'waiting':
      return note(ClockIcon, 'not sent yet')
    case 'sending':
      return note(ClockIcon, renderProgress(delivery.progress))
    case 'sent':
    case 'queued':
      return note(CheckIcon, 'sent')
    case 'started':
      // Without a connection nobody knows.
      if (client.store.connection.value.kind !== 'open') return note(CheckIcon, 'sent')
      return <span class="delivery working">working…</span>
    case 'completed':
      return note(DoneIcon, 'done', 'done')
    case 'failed':
      return note(AlertIcon, `failed${because(delivery.reason)}`, 'problem')
    case 'dropped':
      return (
        <>
          {note(AlertIcon, `not taken by the session${because(delivery.reason)}`, 'problem')}
          {entry.files.length === 0 && (
            <button type="button" class="link" onClick={() => outbox.submit(entry.text, [])}>
              Send again
            </button>
          )}
        </>
      )
    case 'unsent':
      return (
        <>
          {note(AlertIcon, `Not sent: ${delivery.reason}${delivery.hint ? ` ${delivery.hint}` : ''}`, 'problem')}
          <button type="button" class="link" onClick={() => outbox.retry(entry.id)}>
            Retry
          </button>
          <button type="button" class="link" onClick={() => outbox.discard(entry.id)}>
            Remove
          </button>
        </>
      )
  }
}

function note(Icon: () => JSX.Element, text: string, kind = ''): JSX.Element {
  return (
    <span class={`delivery ${kind}`}>
      <Icon />
      {text}
    </span>
  )
}

function renderProgress(progress: number | undefined): string {
  return progress === undefined ? 'sending…' : `uploading ${Math.floor(progress * 100)} %`
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason}`
}
