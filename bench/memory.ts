/** What a process holds in memory, read from the outside. */
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** In bytes. */
export interface Memory {
  readonly resident: number
  /** The most it was since {@link resetPeak}; what was seen where the system keeps no such number. */
  readonly peak: number
  /** Resident, with shared pages counted by their share; Linux only. */
  readonly proportional: number | undefined
}

export async function readMemory(pid: number): Promise<Memory> {
  if (process.platform !== 'linux') {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])
    const resident = Number(stdout.trim()) * 1024
    return { resident, peak: resident, proportional: undefined }
  }
  const [status, rollup] = await Promise.all([
    readFile(`/proc/${pid}/status`, 'utf8'),
    readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => ''),
  ])
  const kilobytes = (text: string, name: string): number | undefined => {
    const found = new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(text)?.[1]
    return found === undefined ? undefined : Number(found) * 1024
  }
  const resident = kilobytes(status, 'VmRSS')
  if (resident === undefined) throw new Error(`process ${pid} is gone`)
  return { resident, peak: kilobytes(status, 'VmHWM') ?? resident, proportional: kilobytes(rollup, 'Pss') }
}

/** Lets the kernel's peak start again from now; where that can't be, the peak is the one since the start. */
export async function resetPeak(pid: number): Promise<void> {
  if (process.platform === 'linux') await writeFile(`/proc/${pid}/clear_refs`, '5').catch(() => {})
}
