/** What a network does to a request and its answer, for every fake that speaks HTTP over loopback. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

/** `after: true` means that the request took effect and only its answer is lost: a client can't tell it from the other. */
export type NetworkFault =
  | { readonly kind: 'delay'; readonly ms: number }
  /** The connection ends without an answer. */
  | { readonly kind: 'drop'; readonly after?: boolean }
  /** The same by a TCP reset. */
  | { readonly kind: 'reset'; readonly after?: boolean }
  /** It took effect; half of the answer comes, then the connection ends. */
  | { readonly kind: 'half' }
  /** Read and never answered, as behind a network that swallows packets. */
  | { readonly kind: 'hang'; readonly after?: boolean }
  /** Nothing happens before this promise is settled. */
  | { readonly kind: 'wait'; readonly until: Promise<unknown> }

type AnyFault = NetworkFault | { readonly kind: 'status' } | undefined

/** What goes wrong before the request takes effect. True where there is nothing left to answer. */
export async function spoil(fault: AnyFault, response: ServerResponse, signal: AbortSignal): Promise<boolean> {
  if (fault?.kind === 'delay') await delay(fault.ms, undefined, { signal }).catch(() => {})
  if (fault?.kind === 'wait') await Promise.race([fault.until, once(signal, 'abort')])
  if (fault?.kind === 'hang' && !fault.after) {
    await swallow(signal)
    return true
  }
  if ((fault?.kind !== 'drop' && fault?.kind !== 'reset') || fault.after) return false
  cut(response, fault.kind)
  return true
}

/** Until the client is gone. */
export async function swallow(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}

/** Whether the client gets no whole answer. */
export function isLost(fault: AnyFault): boolean {
  return ['half', 'drop', 'reset', 'hang'].includes(fault?.kind ?? '')
}

/** What goes wrong with the answer. True where it is gone. */
export function lose(fault: AnyFault, response: ServerResponse, text: string): boolean {
  if (fault?.kind === 'half') {
    const bytes = Buffer.from(text)
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length })
    response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy())
    return true
  }
  if (fault?.kind !== 'drop' && fault?.kind !== 'reset') return false
  cut(response, fault.kind)
  return true
}

function cut(response: ServerResponse, kind: 'drop' | 'reset'): void {
  if (kind === 'reset') response.socket?.resetAndDestroy()
  else response.destroy()
}
