/** Puts the parts together that run without any element: store, outbox and connection. */
import { connect } from './connection.ts'
import { createOutbox, type Outbox } from './outbox.ts'
import { createStore, type Store } from './store.ts'
import { upload } from './upload.ts'

export interface Client {
  readonly store: Store
  readonly outbox: Outbox
  /** Tries to connect at once. */
  reconnect(): void
}

export function createClient(): Client {
  const store = createStore()
  const outbox = createOutbox(store, { sendText: (frame) => connection.send(frame), upload })
  const connection = connect(`ws://${location.host}/ws`, {
    open(hello) {
      store.apply(hello)
      store.connection.value = { kind: 'open' }
      outbox.connected(new Set(hello.messages.map(({ id }) => id)))
    },
    frame(frame) {
      store.apply(frame)
      if ((frame.type === 'sent' || frame.type === 'error') && frame.id !== undefined) outbox.answered(frame.id)
    },
    lost(retryAt) {
      store.connection.value = { kind: 'lost', retryAt }
      outbox.disconnected()
    },
  })
  addEventListener('beforeunload', (event) => {
    if (outbox.unsent) event.preventDefault()
  })
  return { store, outbox, reconnect: connection.retry }
}
