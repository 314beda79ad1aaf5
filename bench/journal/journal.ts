/** The journal alone against what is stored in it: its cost must not grow with the events of months. */
import { execFile } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Runtime, runtimeCommand } from '@backchannel/testkit'
import type { RunOptions } from '../figures/figure.ts'
import type { Task, Times } from './operations.ts'

export const STORED: readonly number[] = [100, 10_000, 1_000_000]
const STORED_QUICK: readonly number[] = [100, 1_000]

export interface JournalCosts {
  readonly runtime: Runtime
  readonly durability: Task['durability']
  readonly stored: number
  readonly times: Times
}

/**
 * Fills one journal step by step and times it at each; the larger ones are those of the smaller ones grown, and all
 * runtimes work on the same.
 * @throws Error with what the process wrote to stderr.
 */
export async function measureJournal(
  runtimes: readonly Runtime[],
  { quick, scratch }: RunOptions,
): Promise<JournalCosts[]> {
  const folder = join(scratch.folder, 'journal')
  const file = join(folder, 'journal.db')
  await mkdir(folder)
  const costs: JournalCosts[] = []
  for (const stored of quick ? STORED_QUICK : STORED) {
    for (const runtime of runtimes) {
      for (const durability of ['process', 'power'] as const) {
        const times = await runProbe(runtime, { file, durability, stored, repeats: quick ? 1 : 3 })
        costs.push({ runtime, durability, stored, times })
      }
    }
  }
  await rm(folder, { recursive: true, force: true })
  return costs
}

async function runProbe(runtime: Runtime, task: Task): Promise<Times> {
  const probe = join(import.meta.dirname, 'probe.ts')
  const { stdout } = await promisify(execFile)(runtimeCommand(runtime), [probe, JSON.stringify(task)])
  return JSON.parse(stdout) as Times
}
