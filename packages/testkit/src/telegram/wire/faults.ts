/** Faults on demand: what goes wrong with which requests, and how often. */

/** `after: true` means that the method took effect and only its answer is lost: a client can't tell it from the other. */
export type FaultKind =
  | { readonly kind: 'delay'; readonly ms: number }
  /** `description` without the words that go with the status, such as `Bad Request: `. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: number; readonly description?: string }
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

export type Fault = FaultKind & {
  /** The method's name, or `file` for downloads; default: any. */
  readonly method?: string
  /** How many requests it hits; default 1. */
  readonly times?: number
  /** Asked for each request of that method; default: always. */
  readonly when?: (parameters: ReadonlyMap<string, unknown>) => boolean
}

export interface AddedFault {
  /** How many requests it has hit. */
  readonly hits: number
  remove(): void
}

export interface Faults {
  add(fault: Fault): AddedFault
  /** Takes all faults away. */
  clear(): void
}

/** What the server asks: the fault of this request, if there is one. The first that was added wins. */
export type TakeFault = (method: string, parameters: ReadonlyMap<string, unknown>) => FaultKind | undefined

export function createFaults(): { readonly faults: Faults; readonly take: TakeFault } {
  const active = new Set<{ readonly fault: Fault; hits: number }>()
  return {
    faults: {
      add(fault) {
        const entry = { fault, hits: 0 }
        active.add(entry)
        return {
          get hits() {
            return entry.hits
          },
          remove: () => void active.delete(entry),
        }
      },
      clear: () => active.clear(),
    },
    take(method, parameters) {
      for (const entry of active) {
        const { method: wanted, times = 1, when } = entry.fault
        if (wanted !== undefined && wanted.toLowerCase() !== method.toLowerCase()) continue
        if (when && !when(parameters)) continue
        entry.hits += 1
        if (entry.hits >= times) active.delete(entry)
        return entry.fault
      }
      return undefined
    },
  }
}
