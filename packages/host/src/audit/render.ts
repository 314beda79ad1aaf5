/** The audit trail for people: a decision in two lines, and what a check of the trail has found. */
import { isRecord } from '@backchannel/protocol'
import { renderPreview } from '../permissions/preview.ts'
import { renderVisibleLine } from '../permissions/visible-text.ts'
import type { Line } from './line.ts'
import type { Verification } from './verify.ts'
import type { Finding } from './verify-file.ts'

/**
 * When, what became of it, and who said so; then what would have run, as an approver sees it.
 * @param line any JSON: what is not as expected shows as `?`
 */
export function renderDecisionLine(line: Line): string {
  const { at, behavior, tool, request_id: requestId, scope, session } = line
  const asked = typeof requestId === 'string' ? `, request ${word(requestId)}` : ''
  const kept = scope === 'session' ? ', for the session' : ''
  const who = `${describeBy(line['by'])}${kept}${asked}`
  const first = `${word(at)} ${word(behavior).padEnd(9)} ${word(tool)} ${renderCall(line)}`
  return `${first}\n  by ${who}; ${describeOrigin(line['origin'])}; session ${word(session)}`
}

function renderCall(line: Line): string {
  const cut = line['arguments_cut']
  if (!isRecord(cut)) return renderPreview(line['arguments'], 'short')
  return `${renderPreview(`${cut['start']}`, 'short')} … ${renderPreview(`${cut['end']}`, 'short')}`
}

function describeBy(by: unknown): string {
  if (!isRecord(by)) return '?'
  switch (by['kind']) {
    case 'terminal':
      return 'the terminal'
    case 'channel':
      return `${word(by['source'])}${by['sender'] === undefined ? '' : ` (${word(by['sender'])})`}`
    case 'session':
      return `an answer before, of ${word(by['given_by'])}`
    case 'mode':
      return `the mode ${word(by['mode'])}`
    case 'rule':
      return (Array.isArray(by['rules']) ? by['rules'] : [])
        .map((rule) => (isRecord(rule) ? `the rule ${word(rule['text'])} of ${word(rule['from'])}` : '?'))
        .join(', ')
    case 'host':
      return `nobody: ${word(by['reason'])}`
    case 'protected':
      return 'the host: it is closed to the agent'
    case 'default':
      return 'default'
    default:
      return '?'
  }
}

function describeOrigin(origin: unknown): string {
  if (!isRecord(origin)) return '?'
  if (origin['source'] === 'operator') return "the operator's prompt"
  const chat = origin['chat_id'] === undefined ? '' : `, chat ${word(origin['chat_id'])}`
  return `event ${word(origin['event_id'])} of ${word(origin['source'])}${chat}`
}

function word(value: unknown): string {
  return typeof value === 'string' ? renderVisibleLine(value) : '?'
}

export function renderVerification({ folder, ok, files, decisions, retired, problems, notes }: Verification): string {
  const found = [...problems.map((one) => `✗ ${renderFinding(one)}`), ...notes.map((one) => `! ${renderFinding(one)}`)]
  const gone = retired === '' ? '' : `; removed by retention: ${retired}`
  const what = `${count(decisions, 'decision')} in ${count(files, 'file')} of ${folder}${gone}`
  if (files === 0 && ok) return `No decision has been recorded in ${folder} yet.`
  const whole = `The audit trail is whole: ${what}.`
  return [...found, ok ? whole : `The audit trail is broken: ${count(problems.length, 'problem')}; ${what}.`].join('\n')
}

function renderFinding({ file, line, problem, hint }: Finding): string {
  return `${file}${line === undefined ? '' : `, line ${line}`}: ${problem}.\n  ${hint}`
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
