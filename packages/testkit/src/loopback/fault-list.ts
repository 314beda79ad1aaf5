/** Faults on demand: which of those that a test added hits a request, and how often. */

/** What every fault has beside what goes wrong. */
export interface CountedFault {
  /** How many requests it hits; default 1. */
  readonly times?: number
}

export interface AddedFault {
  /** How many requests it has hit. */
  readonly hits: number
  remove(): void
}

export interface FaultList<Fault> {
  add(fault: Fault): AddedFault
  /** Takes all faults away. */
  clear(): void
}

/** `take` gives the fault of a request, if there is one: the first that was added wins. */
export function createFaultList<Fault extends CountedFault, Asked>(
  isHit: (fault: Fault, asked: Asked) => boolean,
): { readonly faults: FaultList<Fault>; readonly take: (asked: Asked) => Fault | undefined } {
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
    take(asked) {
      for (const entry of active) {
        if (!isHit(entry.fault, asked)) continue
        entry.hits += 1
        if (entry.hits >= (entry.fault.times ?? 1)) active.delete(entry)
        return entry.fault
      }
      return undefined
    },
  }
}
