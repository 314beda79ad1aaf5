/** What a flood comes to, as a table. */

export interface FloodResult {
  readonly name: string
  readonly sent: number
  readonly delivered: number
  /** With a reason, and counted. */
  readonly dropped: number
  readonly seconds: number
  /** Resident after a tenth of the flood. */
  readonly settledBytes: number
  /** The most since then. */
  readonly mostBytes: number
}

const HEAD = ['', 'sent', 'delivered', 'dropped', 'unaccounted', 'events/s', 'memory after a tenth', 'most after that']

/** Memory that grows with the number of events would be many times this. */
export const MOST_GROWTH_BYTES: number = 64 * 1024 * 1024

/** True where each event has come or was counted, and memory did not grow with their number. */
export function isWithstood({ sent, delivered, dropped, settledBytes, mostBytes }: FloodResult): boolean {
  return sent === delivered + dropped && mostBytes - settledBytes < MOST_GROWTH_BYTES
}

export function renderFlood(results: readonly FloodResult[]): string {
  const rows = results.map((result) => [
    result.name,
    ...[result.sent, result.delivered, result.dropped, result.sent - result.delivered - result.dropped].map(String),
    Math.round(result.sent / result.seconds).toString(),
    ...[result.settledBytes, result.mostBytes].map((bytes) => `${Math.round(bytes / 1024 / 1024)} MiB`),
  ])
  const widths = HEAD.map((_, at) => Math.max(...[HEAD, ...rows].map((row) => row[at]?.length ?? 0)))
  return [HEAD, ...rows]
    .map((row) => row.map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0))))
    .map((row) => `${row.join('  ')}\n`)
    .join('')
}
