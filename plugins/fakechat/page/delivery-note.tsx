/** What became of a message of the person, and what they can do about it. */
import type { JSX } from 'preact'
import type { Client } from './client.ts'
import { renderDelivery } from './delivery-words.ts'
import type { Delivery, Entry } from './entry.ts'
import { AlertIcon, CheckIcon, ClockIcon, DoneIcon } from './icons.tsx'

export interface DeliveryNoteProps {
  readonly entry: Entry
  readonly delivery: Delivery
  readonly client: Client
}

export function DeliveryNote({ entry, delivery, client }: DeliveryNoteProps): JSX.Element {
  const isConnected = client.store.connection.value.kind === 'open'
  const [kind, Icon] = look(delivery, isConnected)
  return (
    <>
      <span class={`delivery ${kind}`}>
        {Icon && <Icon />}
        <span>{renderDelivery(delivery, isConnected)}</span>
      </span>
      <Actions entry={entry} delivery={delivery} client={client} />
    </>
  )
}

function Actions({ entry, delivery, client }: DeliveryNoteProps): JSX.Element | null {
  const { outbox } = client
  switch (delivery.kind) {
    case 'waiting':
      return <Action label="Cancel" run={() => client.cancel(entry.id)} />
    case 'sending':
      return entry.files.length > 0 ? <Action label="Cancel" run={() => client.cancel(entry.id)} /> : null
    case 'dropped':
    case 'failed':
      // Files are in the channel already; only text can go again from here.
      if (entry.files.length > 0 || delivery.reason === 'session-ended') return null
      return <Action label="Send again" run={() => outbox.submit(entry.text, [])} />
    case 'unsent':
      return (
        <>
          <Action label="Retry" run={() => outbox.retry(entry.id)} />
          <Action label="Remove" run={() => outbox.discard(entry.id)} />
        </>
      )
    default:
      return null
  }
}

function Action({ label, run }: { readonly label: string; readonly run: () => void }): JSX.Element {
  return (
    <button type="button" class="link" onClick={run}>
      {label}
    </button>
  )
}

function look(delivery: Delivery, isConnected: boolean): readonly [kind: string, icon?: () => JSX.Element] {
  switch (delivery.kind) {
    case 'waiting':
    case 'sending':
      return ['', ClockIcon]
    case 'started':
      return isConnected ? ['working'] : ['', CheckIcon]
    case 'completed':
      return ['done', DoneIcon]
    case 'failed':
      return delivery.reason === 'session-ended' ? ['', ClockIcon] : ['problem', AlertIcon]
    case 'dropped':
    case 'unsent':
      return ['problem', AlertIcon]
    default:
      return ['', CheckIcon]
  }
}
