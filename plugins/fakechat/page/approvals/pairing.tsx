/** How a browser becomes one that may approve: it shows a code, and the operator types it in the session. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { Client } from '../client.ts'

/** Nothing where the channel asks nobody, and for a browser that is paired already. */
export function Pairing({ client }: { readonly client: Client }): JSX.Element | null {
  const { identity, pairing, pair } = client.approvals
  const { source } = client.store
  const copied = useSignal(false)
  const known = identity.value
  if (!known || known.approver) return null
  const offer = pairing.value
  if (!offer) {
    return (
      <button type="button" class="link pairing-start" onClick={pair}>
        Approve from here
      </button>
    )
  }
  const command = `/${source.value}:access pair ${offer.code}`
  const copy = () =>
    void navigator.clipboard.writeText(command).then(() => {
      copied.value = true
    })
  return (
    <section class="pairing" aria-label="Pairing">
      <p>To approve what the agent asks for from this browser, type this in the terminal of the session:</p>
      <p class="pairing-command">
        <code>{command}</code>
        <button type="button" class="link" onClick={copy}>
          {copied.value ? 'Copied' : 'Copy'}
        </button>
      </p>
      <p class="pairing-note">
        The code is good until{' '}
        {new Date(offer.expiresAt).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })}. Whoever can use this
        browser can then approve commands on that computer.
      </p>
      <button
        type="button"
        class="link"
        onClick={() => {
          pairing.value = undefined
        }}
      >
        Not now
      </button>
    </section>
  )
}
