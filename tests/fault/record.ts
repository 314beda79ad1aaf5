/** What was promised and what came, and whether the one is kept by the other. Knows nothing of channels and kills. */

export interface Verdict {
  readonly acknowledged: number
  /** Different events that reached a session. */
  readonly delivered: number
  /** Deliveries beyond the first of an event that said so. */
  readonly repeated: number
  /** Acknowledged, and seen by no session. */
  readonly lost: readonly string[]
  /** Seen, but only by sessions that were killed before their agent came to it. */
  readonly unanswered: readonly string[]
  /** Seen again without the label, or in a session that had seen it, with or without. */
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
  /** @param session different for each session */
  delivered(content: string, labelled: boolean, session: number): void
  /** The agent of a session came to it. */
  answered(id: string): void
  /** Acknowledged so far. */
  readonly acknowledgements: number
  /** Acknowledged and not yet answered. */
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
  /** The last session that each was seen in; in the order of the first deliveries. */
  const seen = new Map<string, number>()
  const answered = new Set<string>()
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
      if (!answered.has(id)) missing += 1
    },
    delivered(content, labelled, session) {
      deliveries += 1
      const id = idOf(content)
      if (sent.get(id) !== content) altered.push(id === '' ? content.slice(0, 40) : id)
      const before = seen.get(id)
      seen.set(id, session)
      if (before === undefined) return
      if (labelled && before !== session) repeated += 1
      else twice.push(id)
    },
    answered(id) {
      if (answered.has(id)) return
      answered.add(id)
      if (isPromised(id)) missing -= 1
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
        unanswered: all.flatMap((ids) => [...ids].filter((id) => seen.has(id) && !answered.has(id))),
        twice: [...twice],
        disordered: all.flatMap((ids) => findDisorder(ids, seen)),
        altered: [...altered],
      }
    },
  }
}

/** Whoever comes first after one that should have come later. */
function findDisorder(promised: ReadonlySet<string>, seen: ReadonlyMap<string, number>): string[] {
  const places = new Map([...promised].map((id, place) => [id, place]))
  const late: string[] = []
  let furthest = -1
  for (const id of seen.keys()) {
    const place = places.get(id)
    if (place === undefined) continue
    if (place < furthest) late.push(id)
    else furthest = place
  }
  return late
}
