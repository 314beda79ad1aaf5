/** The journal of the reference channel: one file of JSON, as simple as can be; what waits in it is offered or pulled. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Fault } from './faults.ts'

export interface Entry {
  readonly content: string
  readonly meta: Readonly<Record<string, unknown>>
  readonly id: string
}

const faulty = (fault: Fault) => process.env['FAULT'] === fault
const file = `${process.env['HOME']}/reference-journal.json`

export function readEntries(): Entry[] {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
}

function write(entries: readonly Entry[]): void {
  if (entries.length === 0) rmSync(file, { force: true })
  else writeFileSync(file, JSON.stringify(entries))
}

export function store(entry: Entry): void {
  write([...readEntries(), entry])
}

export function complete(id: string): void {
  write(readEntries().filter((entry) => entry.id !== id))
}

/** What `check_messages` answers. */
export function check(registered: boolean): string {
  if (faulty('check-makes-state')) writeFileSync(`${process.env['HOME']}/checked`, '')
  if (registered && !faulty('check-while-registered')) return 'Events come by themselves.'
  const entries = readEntries()
  if (!faulty('check-hands-out-twice')) write(faulty('check-is-not-read') ? entries.map(again) : [])
  const shown = entries.filter(({ id }) => !id.startsWith('again '))
  const label = faulty('check-unlabelled') ? '' : ' redelivered="true"'
  const tags = shown.map(({ content }) => `<channel source="reference"${label}>\n${escapeBody(content)}\n</channel>`)
  return tags.length === 0 ? 'Nothing waits.' : tags.join('\n\n')
}

/** Handed out in this process, and offered by the next one all the same. */
function again(entry: Entry): Entry {
  return entry.id.startsWith('again ') ? entry : { ...entry, id: `again ${entry.id}` }
}

function escapeBody(content: string): string {
  return faulty('check-breaks-out') ? content : content.replace(/<(?=\/?channel)/g, '&lt;')
}
