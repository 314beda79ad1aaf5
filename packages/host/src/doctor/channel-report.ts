/** The answer of a channel's `doctor` command, read loosely: a newer channel may say more. */
import { isRecord, type Read } from '@backchannel/protocol'
import * as v from 'valibot'

/** Times are ISO 8601, `null` where there was nothing yet. */
export interface ChannelReport {
  readonly channel: string
  readonly version: string
  readonly state_directory: string | null
  /** False until the first session has registered the channel. */
  readonly used: boolean
  /** Why events can't be stored there now; not told by older channels. */
  readonly unwritable?: string | null | undefined
  /** Of a channel that sessions share: who holds the account; absent for any other. */
  readonly hub?: HubReport | null | undefined
  readonly journals: readonly JournalReport[]
}

export interface HubReport {
  readonly pid: number
  readonly since: string
  readonly keeper: boolean
  readonly sessions: readonly {
    readonly name: string
    readonly pid: number
    readonly cwd: string
    readonly since: string
  }[]
}

export interface JournalReport {
  readonly file: string
  readonly holder: { readonly pid: number; readonly since: string; readonly source: string } | null
  readonly counts: Readonly<Record<string, number>>
  readonly waiting: number
  readonly last_event: string | null
  readonly last_read: string | null
  readonly last_completed: string | null
  readonly last_reply: string | null
  readonly problems: readonly {
    readonly event_id: string
    readonly state: string
    readonly reason: string
    readonly at: string
  }[]
  /** Damaged journals that were put aside; not told by older channels. */
  readonly set_aside?: readonly string[] | undefined
  readonly error?: string | undefined
}

const time = v.nullable(v.string())
const journal = v.object({
  file: v.string(),
  holder: v.nullable(v.object({ pid: v.number(), since: v.string(), source: v.string() })),
  counts: v.record(v.string(), v.number()),
  waiting: v.number(),
  last_event: time,
  last_read: time,
  last_completed: time,
  last_reply: time,
  problems: v.array(v.object({ event_id: v.string(), state: v.string(), reason: v.string(), at: v.string() })),
  set_aside: v.optional(v.array(v.string())),
  error: v.optional(v.string()),
})
const hub = v.object({
  pid: v.number(),
  since: v.string(),
  keeper: v.boolean(),
  sessions: v.array(v.object({ name: v.string(), pid: v.number(), cwd: v.string(), since: v.string() })),
})
const report: v.GenericSchema<unknown, ChannelReport> = v.object({
  channel: v.string(),
  version: v.string(),
  state_directory: v.nullable(v.string()),
  used: v.boolean(),
  unwritable: v.optional(time),
  hub: v.optional(v.nullable(hub)),
  journals: v.array(journal),
})

export function parseReport(stdout: string): Read<ChannelReport> {
  let value: unknown
  try {
    value = JSON.parse(stdout)
  } catch {
    return { ok: false, problem: stdout.trim() === '' ? 'it printed nothing' : 'it printed no JSON' }
  }
  if (!isRecord(value)) return { ok: false, problem: 'it printed no JSON object' }
  const result = v.safeParse(report, value)
  if (result.success) return { ok: true, value: result.output }
  return { ok: false, problem: `"${v.getDotPath(result.issues[0]) ?? 'report'}" is not as expected` }
}
