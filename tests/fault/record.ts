/** What was promised and what came, and whether the one is kept by the other. Knows nothing of channels and kills. */

export interface Verdict {
  readonly acknowledged: number
  /** Different events that reached a session. */
  readonly delivered: number
  /** Deliveries beyond the first of an event that said so. */
  readonly repeated: number
  /** Acknowledged, and seen by no session. */
  readonly lost: readonly string[]
  /** Seen again without the label. */
  readonly twice: readonly string[]
  /** Seen for the first time after an event of the same sender that was acknowledged later. */
  readonly disordered: readonly string[]
  /** Seen with another content than was sent, or never sent at all. */
  readonly altered: readonly string[]
}

export interface FaultRecord {
  /** The content of an event that a sender is about to send; ids are unique. */
  sending(id: string, content: string): void
  acknowledged(sender: string, id: string): void
  delivered(content: string, labelled: boolean): void
  /** Acknowledged so far. */
  readonly acknowledgements: number
  /** Acknowledged and not yet delivered. */
  readonly missing: number
  /** Deliveries so far, repeats included. */
  readonly deliveries: number
  judge(): Verdict
}

/** The id is what a content begins with, up to the first space. */
export function idOf(content: string): string {
  return content.slice(0, Math.max(0, content.indexOf(' ')))
}

export function createRecord(): FaultRecord {
  const sent = new Map<string, string>()
  const promised = new Map<string, Set<string>>()
  /** In the order of the first deliveries. */
  const seen = new Set<string>()
  const twice: string[] = []
  const altered: string[] = []
  let acknowledgements = 0
  let missing = 0
  let deliveries = 0
  let repeated = 0
  const isPromised = (id: string) => [...promised.values()].some((ids) => ids.has(id))

  return {
    sending(id, content) {
      sent.set(id, content)
    },
    acknowledged(sender, id) {
      const ids = promised.get(sender) ?? new Set()
      promised.set(sender, ids)
      if (ids.has(id)) return
      ids.add(id)
      acknowledgements += 1
      if (!seen.has(id)) missing += 1
    },
    delivered(content, labelled) {
      deliveries += 1
      const id = idOf(content)
      if (sent.get(id) !== content) altered.push(id === '' ? content.slice(0, 40) : id)
      if (!seen.has(id)) {
        seen.add(id)
        if (isPromised(id)) missing -= 1
      } else if (labelled) {
        repeated += 1
      } else {
        twice.push(id)
      }
    },
    get acknowledgements() {
      return acknowledgements
    },
    get missing() {
      return missing
    },
    get deliveries() {
      return deliveries
    },
    judge() {
      const all = [...promised.values()]
      return {
        acknowledged: acknowledgements,
        delivered: seen.size,
        repeated,
        lost: all.flatMap((ids) => [...ids].filter((id) => !seen.has(id))),
        twice: [...twice],
        disordered: all.flatMap((ids) => findDisorder(ids, seen)),
        altered: [...altered],
      }
    },
  }
}

/** Whoever comes first after one that should have come later. */
function findDisorder(promised: ReadonlySet<string>, seen: ReadonlySet<string>): string[] {
  const places = new Map([...promised].map((id, place) => [id, place]))
  const late: string[] = []
  let furthest = -1
  for (const id of seen) {
    const place = places.get(id)
    if (place === undefined) continue
    if (place < furthest) late.push(id)
    else furthest = place
  }
  return late
}
