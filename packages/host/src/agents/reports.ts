/** What an agent tells outside of a turn, as lines for people. */
import type { NoticeLevel } from '../ui/events.ts'
import type { AgentReport } from './agent.ts'

export interface ReportPorts {
  notice(level: NoticeLevel, message: string): void
}

export function tellReport(report: AgentReport, { notice }: ReportPorts): void {
  switch (report.kind) {
    case 'notice':
      notice(report.level, report.text)
      break
    case 'waiting':
      notice('warning', `The agent waits: ${report.reason}${renderRetry(report.retryAt)}.`)
      break
    case 'lost':
      notice('warning', `The agent's process has ended: ${report.reason}`)
      break
    case 'session':
    case 'usage':
  }
}

function renderRetry(retryAt: number | undefined): string {
  if (retryAt === undefined) return ''
  return `; it tries again at ${new Date(retryAt).toLocaleTimeString()}`
}
