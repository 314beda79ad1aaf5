/** The policy of this machine for people: a line a value, each with the file it comes from. */
import type { EntryReport } from './entry-chain.ts'
import type { PolicyDiagnosis } from './policy.ts'
import type { ReportedFile, ReportedValue } from './policy-report.ts'

/** @param home shown as `~` */
export function renderPolicy(diagnosis: PolicyDiagnosis, home: string): string {
  const { channels_allowed: allowed, because, entry, warnings, settings_problem: problem } = diagnosis
  const sections = [
    [`${allowed ? '✓' : '✗'} Channels are ${allowed ? 'allowed' : 'switched off'}: ${because}.`],
    ['Managed settings', ...renderValues(diagnosis.managed, 'not set')],
    ['Managed files', ...diagnosis.managed_files.map(renderFile)],
    [
      'Settings',
      ...(problem === undefined ? renderValues(diagnosis.settings, 'the session chooses') : [`  ✗ ${problem}`]),
      ...warnings.map((warning) => `  ! ${warning}`),
    ],
    [`Not seen from here: ${diagnosis.not_seen}.`],
    ...(entry === undefined ? [] : [renderEntryReport(entry)]),
  ]
  const text = sections.map((lines) => lines.join('\n')).join('\n\n')
  return home === '' ? text : text.replaceAll(`${home}/`, '~/')
}

function renderValues(values: Readonly<Record<string, ReportedValue>>, unset: string): string[] {
  const entries = Object.entries(values)
  const width = Math.max(...entries.map(([key]) => key.length))
  return entries.map(([key, { value, from, note }]) => {
    const where = from.length === 0 ? (value === null ? '' : '  (default)') : `  (${from.join(', ')})`
    return `  ${key.padEnd(width)}  ${renderValue(value, unset)}${where}${note === undefined ? '' : `  ! ${note}`}`
  })
}

function renderValue(value: unknown, unset: string): string {
  if (value === null) return unset
  if (!Array.isArray(value)) return typeof value === 'string' ? value : JSON.stringify(value)
  return value.length === 0
    ? 'none'
    : value.map((item) => (typeof item === 'string' ? item : JSON.stringify(item))).join(' ')
}

const MARKS: Readonly<Record<ReportedFile['state'], string>> = { absent: '○', read: '●', broken: '✗' }
const OWNERS: Readonly<Record<ReportedFile['owner'], string>> = {
  backchannel: '',
  'claude-code': '  (of Claude Code)',
  flag: '  (given after --managed-settings)',
}

function renderFile({ file, owner, state, problem, note }: ReportedFile): string {
  const more = [problem, note].filter((part) => part !== undefined).map((part) => `\n      ${part}`)
  return `  ${MARKS[state]} ${state.padEnd(6)}  ${file}${OWNERS[owner]}${more.join('')}`
}

const OUTCOMES: Readonly<Record<EntryReport['steps'][number]['outcome'], string>> = {
  passes: '✓',
  refuses: '✗',
  open: '?',
  'not-reached': '○',
}

function renderEntryReport({ entry, steps, refused }: EntryReport): string[] {
  const end =
    refused === null
      ? '→ nothing here refuses it'
      : `→ refused (${refused.reason})${steps.length > 0 ? '' : `: ${refused.message}`}`
  return [
    entry,
    ...steps.map(({ step, outcome, says }, at) => `  ${OUTCOMES[outcome]} ${at + 1} ${step.padEnd(10)}  ${says}`),
    `  ${end}`,
    ...(refused === null ? [] : [`  who can change it: ${refused.who_can_change}`]),
  ]
}
