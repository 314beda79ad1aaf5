/** The process tree, for tests that kill a part of it. */
import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'

/** The direct children of a process; of Linux from /proc, since a small image has no `pgrep`. */
export async function childrenOf(pid: number): Promise<readonly number[]> {
  const listed =
    process.platform === 'linux'
      ? await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
      : execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
  return listed.trim().split(/\s+/).filter(Boolean).map(Number)
}
