/** What is known of each channel: set up or not, who holds it, what came last, what waits, and why anything was dropped. */
import { type PluginEntry, renderEntry, renderError } from '@backchannel/protocol'
import { type ChannelReport, parseReport } from './channel-report.ts'
import { type PingResult, pingChannel } from './ping.ts'
import { findProgram, type ProgramOptions, readProgram } from './program.ts'

export interface Diagnosis {
  readonly entry: string
  /** True where the user's settings opt it in for each session. */
  readonly in_settings: boolean
  readonly report?: ChannelReport
  /** Why there is no report. */
  readonly error?: string
  readonly ping?: PingResult
}

export interface DiagnoseOptions extends ProgramOptions {
  readonly entries: readonly PluginEntry[]
  /** The entries of the user's settings. */
  readonly settings: readonly string[]
  /** Sends an event of its own through each channel, in a scratch state directory. */
  readonly ping: boolean
  readonly signal: AbortSignal
  /** Called before each channel: this takes a moment. */
  progress(entry: string): void
}

const REPORT_LIMIT_MS = 10_000

/** Never rejects for a single channel: what can't be learned is an `error`. */
export async function diagnose(options: DiagnoseOptions): Promise<readonly Diagnosis[]> {
  const found: Diagnosis[] = []
  for (const entry of options.entries) {
    options.signal.throwIfAborted()
    options.progress(renderEntry(entry))
    found.push(await diagnoseOne(entry, options))
  }
  return found
}

async function diagnoseOne(entry: PluginEntry, options: DiagnoseOptions): Promise<Diagnosis> {
  const base = { entry: renderEntry(entry), in_settings: options.settings.includes(renderEntry(entry)) }
  try {
    const program = await findProgram(entry, options)
    const { stdout, stderr } = await readProgram(program, ['doctor'], REPORT_LIMIT_MS)
    const read = parseReport(stdout)
    const report = read.ok ? { report: read.value } : { error: notUnderstood(read.problem, stderr) }
    const ping = options.ping ? { ping: await pingChannel(entry, program, options.signal) } : {}
    return { ...base, ...report, ...ping }
  } catch (thrown) {
    return { ...base, error: renderError(thrown) }
  }
}

function notUnderstood(problem: string, stderr: string): string {
  const words = stderr.trim().split('\n').at(-1)
  return `Its program has no doctor that this one understands: ${problem}.${words ? ` It said: ${words}` : ''}`
}
