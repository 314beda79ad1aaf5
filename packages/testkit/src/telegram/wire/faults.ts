/** What can go wrong with a call of the Bot API, and with which. */
import { createFaultList, type FaultList } from '../../loopback/fault-list.ts'
import type { NetworkFault } from '../../loopback/network-faults.ts'

export type { AddedFault } from '../../loopback/fault-list.ts'

export type FaultKind =
  | NetworkFault
  /** `description` without the words that go with the status, such as `Bad Request: `. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: number; readonly description?: string }

export type Fault = FaultKind & {
  /** The method's name, or `file` for downloads; default: any. */
  readonly method?: string
  /** How many requests it hits; default 1. */
  readonly times?: number
  /** Asked for each request of that method; default: always. */
  readonly when?: (parameters: ReadonlyMap<string, unknown>) => boolean
}

export type Faults = FaultList<Fault>

/** What the server asks: the fault of this request, if there is one. */
export type TakeFault = (method: string, parameters: ReadonlyMap<string, unknown>) => FaultKind | undefined

interface Asked {
  readonly method: string
  readonly parameters: ReadonlyMap<string, unknown>
}

export function createFaults(): { readonly faults: Faults; readonly take: TakeFault } {
  const { faults, take } = createFaultList<Fault, Asked>(({ method: wanted, when }, { method, parameters }) => {
    if (wanted !== undefined && wanted.toLowerCase() !== method.toLowerCase()) return false
    return when === undefined || when(parameters)
  })
  return { faults, take: (method, parameters) => take({ method, parameters }) }
}
