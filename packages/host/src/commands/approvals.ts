/** `/approvals`: what the agent waits for an answer to, what was allowed for the session, and a way to take that back. */
import type { Allowance } from '../permissions/allowances.ts'
import type { OpenApproval } from '../permissions/broker-types.ts'
import { renderVisibleLine } from '../permissions/visible-text.ts'
import type { Command, CommandContext } from './command.ts'

const USAGE = 'Usage: /approvals, or /approvals forget NUMBER|all (for example /approvals forget 1).'

export const approvalsCommand: Command = {
  name: '/approvals',
  usage: '[forget NUMBER|all]',
  summary: 'what waits for an approval, and what is allowed for this session',
  run([action, which, ...more], { approvals }) {
    if (action === undefined) return list(approvals)
    if (action !== 'forget' || which === undefined || more.length > 0) return USAGE
    return forget(which, approvals)
  },
}

type Approvals = CommandContext['approvals']

function list({ list, allowances }: Approvals): string {
  const open = list()
  const allowed = allowances.list()
  return [
    open.length === 0 ? 'Nothing waits for an approval.' : 'Waiting for an approval, the oldest first:',
    ...open.map(renderOpen),
    allowed.length === 0 ? 'Nothing is allowed for the rest of the session.' : 'Allowed for the rest of the session:',
    ...allowed.map(renderAllowance),
    ...(allowed.length === 0 ? [] : ['/approvals forget NUMBER takes one back.']),
  ].join('\n')
}

function renderOpen({ tool, description, preview, relayedTo, since }: OpenApproval): string {
  const asked = relayedTo.length === 0 ? 'asked here only' : `also asked in ${relayedTo.join(', ')}`
  const at = new Date(since).toTimeString().slice(0, 8)
  return `  ${renderVisibleLine(tool)} ${preview}\n    ${renderVisibleLine(description)}; since ${at}, ${asked}`
}

function renderAllowance({ number, tool, what, by }: Allowance): string {
  const target = what === tool ? '' : ` ${what}`
  return `  ${number}. ${renderVisibleLine(tool)}${target}, by ${renderVisibleLine(by)}`
}

function forget(which: string, { allowances }: Approvals): string {
  if (which === 'all') {
    const all = allowances.list()
    for (const { number } of all) allowances.remove(number)
    return all.length === 0 ? 'Nothing was allowed for the session.' : `Taken back: ${all.length}. It asks again.`
  }
  const found = /^\d{1,9}$/.test(which) ? allowances.remove(Number(which)) : undefined
  if (!found) return `Nothing with the number ${renderVisibleLine(which)} is allowed. /approvals lists what is.`
  return `Taken back, and asked again from now on:\n${renderAllowance(found)}`
}
