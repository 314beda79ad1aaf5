/** What is timed of the journal; a process of either runtime does it and prints the times as JSON. */

export interface Task {
  readonly file: string
  readonly durability: 'process' | 'power'
  /** Closed events that are in the journal while the rest is timed. */
  readonly stored: number
  /** How often everything is timed. */
  readonly repeats: number
}

/** In microseconds, medians; per event where a group is written. */
export interface Times {
  readonly open: number
  readonly appendOne: number
  readonly appendGroup: number
  readonly markOne: number
  readonly markGroup: number
  readonly takeOpen: number
  readonly deleteMany: number
}

export const OPERATIONS: readonly { readonly key: keyof Times; readonly label: string }[] = [
  { key: 'open', label: 'open the file' },
  { key: 'appendOne', label: 'append, one alone' },
  { key: 'appendGroup', label: 'append, each of 64 in a group' },
  { key: 'markOne', label: 'mark, one alone' },
  { key: 'markGroup', label: 'mark, each of 64 in a group' },
  { key: 'takeOpen', label: 'take the next 64 open events' },
  { key: 'deleteMany', label: 'delete 500 closed events' },
]
