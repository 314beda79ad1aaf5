/** `PROGRAM doctor`: what the journals of a channel say, as JSON, read without disturbing the process that holds them. */
import { existsSync } from 'node:fs'
import type { ChannelDefinition } from '../define.ts'
import { type HubReport, readHub } from '../hub/report.ts'
import { type JournalReport, readJournals } from '../journal/report.ts'
import { findWriteProblem } from '../journal/writable.ts'
import type { ChannelCommand } from './command.ts'

/** What the doctor prints of one channel. */
export interface ChannelReport {
  readonly channel: string
  readonly version: string
  /** Where its state is; `null` for a channel that keeps none. */
  readonly state_directory: string | null
  /** False until the first session has registered the channel. */
  readonly used: boolean
  /** Why events can't be stored there now, such as a full disk; `null` where nothing stands in the way. */
  readonly unwritable: string | null
  /** Of a channel that sessions share: who holds the account, and who is attached; absent for any other. */
  readonly hub?: HubReport | null
  /** One a process that had the channel at the same time; mostly one. */
  readonly journals: readonly JournalReport[]
}

export function createDoctorCommand(channel: ChannelDefinition): ChannelCommand {
  return {
    name: 'doctor',
    summary: 'what is stored, who holds it, and why anything was dropped',
    usage: '',
    async run(_args, io) {
      const directory = channel.journal?.directory
      const used = directory !== undefined && existsSync(directory)
      const report: ChannelReport = {
        channel: channel.name,
        version: channel.version,
        state_directory: directory ?? null,
        used,
        unwritable: used ? findWriteProblem(directory) : null,
        ...(channel.hub ? { hub: used ? await readHub(directory) : null } : {}),
        journals: used ? readJournals(directory) : [],
      }
      io.out(`${JSON.stringify(report)}\n`)
      return 0
    },
  }
}
