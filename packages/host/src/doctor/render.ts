/** A diagnosis for people: the state in a line each, and what to do where something is wrong. */
import { DROP_REASONS } from '@backchannel/protocol'
import type { ChannelReport, HubReport, JournalReport } from './channel-report.ts'
import type { Diagnosis } from './diagnose.ts'
import type { PingResult } from './ping.ts'

export function renderDiagnosis(diagnosis: Diagnosis, now: Date): string {
  const { entry, report, error, ping } = diagnosis
  return [
    entry,
    ...(error === undefined ? [] : [`  ✗ ${error}`]),
    ...(report === undefined ? [] : renderReport(report, diagnosis.in_settings, now)),
    ...(ping === undefined ? [] : [renderPing(ping)]),
  ].join('\n')
}

function renderReport(report: ChannelReport, inSettings: boolean, now: Date): string[] {
  const opted = inSettings ? 'opted in by your settings' : 'opted in only where a session names it'
  if (report.state_directory === null) return [`  ${opted}; keeps no state`]
  if (!report.used) return [`  ${opted}; not used yet (state goes to ${report.state_directory})`]
  return [
    `  ${opted}; state in ${report.state_directory}`,
    ...(report.unwritable == null
      ? []
      : [`  ✗ nothing can be stored there now: ${report.unwritable}; sources are told to try again`]),
    ...(report.hub ? renderHub(report.hub, now) : []),
    ...report.journals.flatMap((one) => renderJournal(one, now)),
  ]
}

/** Who holds an account, and which sessions share it. */
export function renderHub({ pid, since, keeper, sessions }: HubReport, now: Date): string[] {
  const by = keeper ? 'backchannel up' : (sessions.find((one) => one.pid === pid)?.name ?? 'a session')
  const names = sessions.map(({ name, cwd }) => `${name} (${cwd})`)
  return [
    `  ● the account is held by ${by}, process ${pid}, since ${renderAgo(new Date(since), now)}`,
    `  ${names.length === 0 ? 'no session is attached: what comes waits for one' : `sessions: ${names.join(', ')}`}`,
  ]
}

function renderJournal(journal: JournalReport, now: Date): string[] {
  const aside = (journal.set_aside ?? []).map((file) => `  ! a damaged journal was put aside: ${file}`)
  if (journal.error !== undefined) return [`  ✗ ${journal.file} can't be read: ${journal.error}`, ...aside]
  const { holder, waiting, counts, problems } = journal
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const ago = (time: string | null) => (time === null ? 'never' : renderAgo(new Date(time), now))
  return [
    holder === null
      ? '  ○ held by nobody now: no session has it'
      : `  ● held by process ${holder.pid} since ${ago(holder.since)}, as ${holder.source}`,
    `  last event ${ago(journal.last_event)} · last read ${ago(journal.last_read)} · last completed ${ago(journal.last_completed)} · last reply ${ago(journal.last_reply)}`,
    `  ${total} events kept, ${waiting} waiting${waiting > 0 && holder === null ? ': the next session with this channel gets them' : ''}`,
    ...problems.map(
      ({ event_id, state, reason, at }) => `  ! ${state} ${ago(at)}: ${inWords(reason)} (event ${event_id})`,
    ),
    ...aside,
  ]
}

function renderPing(ping: PingResult): string {
  if (ping.ok)
    return `  ✓ ping: registered after ${ping.registered_ms} ms, its event in a turn ${ping.event_ms} ms later`
  return `  ✗ ping: ${ping.problem ?? 'failed'}`
}

function inWords(reason: string): string {
  const known: Readonly<Record<string, string>> = DROP_REASONS
  return Object.hasOwn(known, reason) ? `${reason}: ${known[reason]}` : reason
}

function renderAgo(time: Date, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - time.getTime()) / 1000))
  if (seconds < 60) return `${seconds} s ago`
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`
  return `on ${time.toISOString().slice(0, 10)}`
}
