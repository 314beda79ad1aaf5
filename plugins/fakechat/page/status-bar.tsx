/** The bar at the top: whose chat this is, and whether the channel is there. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import type { Client } from './client.ts'
import { ChatIcon } from './icons.tsx'

export function StatusBar({ client }: { readonly client: Client }): JSX.Element {
  const { source } = client.store
  return (
    <header class="bar">
      <div class="bar-inner">
        <span class="logo">
          <ChatIcon />
        </span>
        <div class="bar-title">
          <h1>{source.value}</h1>
          <p>{location.host}</p>
        </div>
        <ConnectionState client={client} />
      </div>
    </header>
  )
}

function ConnectionState({ client }: { readonly client: Client }): JSX.Element {
  const { connection, working } = client.store
  const { identity, interrupt } = client.approvals
  const state = connection.value
  const seconds = useCountdown(state.kind === 'lost' ? state.retryAt : undefined)
  const label =
    state.kind === 'open'
      ? working.value
        ? 'Agent is working'
        : 'Connected'
      : state.kind === 'lost'
        ? 'Disconnected'
        : 'Connecting…'
  return (
    <div class={`connection ${state.kind}${working.value ? ' busy' : ''}`}>
      <span class="dot" aria-hidden="true" />
      <output>{label}</output>
      {working.value && identity.value?.approver && (
        <button type="button" class="link" onClick={interrupt}>
          Stop
        </button>
      )}
      {state.kind === 'lost' && (
        <button type="button" class="link" onClick={client.reconnect}>
          {seconds > 0 ? `Retry now (${seconds} s)` : 'Retry now'}
        </button>
      )}
    </div>
  )
}

/** Whole seconds until `at`, kept up to date. */
function useCountdown(at: number | undefined): number {
  const seconds = useSignal(0)
  useEffect(() => {
    if (at === undefined) return
    const tick = () => {
      seconds.value = Math.max(0, Math.ceil((at - Date.now()) / 1000))
    }
    tick()
    const timer = setInterval(tick, 250)
    return () => clearInterval(timer)
  }, [at])
  return seconds.value
}
