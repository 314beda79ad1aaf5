/** Sizes, states and hints as the verbs say them. */

import { sanitizeLine } from '../../ui/sanitize.ts'
import type { InstalledPlugin } from '../installs/installed.ts'
import { renderSource } from '../marketplaces/source.ts'

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

export function renderBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`
  return bytes < 1_048_576 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1_048_576).toFixed(1)} MiB`
}

export function nameOf({ name, marketplace }: Pick<InstalledPlugin, 'name' | 'marketplace'>): string {
  return `${name}@${marketplace}`
}

export function renderFrom({ source }: Pick<InstalledPlugin, 'source'>): string {
  return renderSource(source)
}

const WIDEST_CELL = 300

/** Columns, each as wide as its widest cell. What others wrote stays on its line. */
export function table(written: readonly (readonly string[])[]): string {
  const rows = written.map((row) => row.map((cell) => sanitizeLine(cell, WIDEST_CELL)))
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  return rows.map((row) => `  ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd()).join('\n')
}
