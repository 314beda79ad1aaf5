/** Puts the parts together that run without any element: store, outbox and connection. */
import { type Signal, signal } from '@preact/signals'
import { type Approvals, createApprovals } from './approvals/approvals.ts'
import { connect } from './connection.ts'
import { isUnsent } from './entry.ts'
import { createOutbox, type Draft, type Outbox } from './outbox.ts'
import { createStore, type Store } from './store.ts'
import { upload } from './upload.ts'

export interface Client {
  readonly store: Store
  readonly outbox: Outbox
  readonly approvals: Approvals
  /** A message that was taken back, for the composer. */
  readonly returned: Signal<Draft | undefined>
  /** Takes a message back that has not gone out. */
  cancel(id: string): void
  /** Asks for the messages before the first one. */
  loadOlder(): void
  /** Tries to connect at once. */
  reconnect(): void
}

export function createClient(): Client {
  const store = createStore()
  const outbox = createOutbox(store, { sendText: (frame) => connection.send(frame), upload })
  const approvals = createApprovals(
    (request) => connection.send(JSON.stringify(request)),
    (reason) => {
      store.notice.value = reason
    },
  )
  const connection = connect(`ws://${location.host}/ws`, {
    open(hello) {
      store.apply(hello)
      store.connection.value = { kind: 'open' }
      approvals.connected(hello)
      outbox.connected(new Set(hello.messages.map(({ id }) => id)))
    },
    frame(frame) {
      if (approvals.apply(frame)) return
      store.apply(frame)
      if ((frame.type === 'sent' || frame.type === 'error') && frame.id !== undefined) outbox.answered(frame.id)
    },
    lost(retryAt) {
      store.connection.value = { kind: 'lost', retryAt }
      outbox.disconnected()
      approvals.disconnected()
    },
  })
  addEventListener('beforeunload', (event) => {
    if (outbox.unsent) event.preventDefault()
  })
  const loadOlder = () => {
    const first = store.entries.value.find((entry) => !isUnsent(entry))
    if (store.older.value !== 'more' || store.connection.value.kind !== 'open' || first === undefined) return
    store.older.value = 'loading'
    connection.send(JSON.stringify({ type: 'older', before: first.id }))
  }
  const returned = signal<Draft | undefined>()
  const cancel = (id: string) => {
    returned.value = outbox.cancel(id)
  }
  return { store, outbox, approvals, returned, cancel, loadOlder, reconnect: connection.retry }
}
