/** Looking at processes from outside, and ending whole groups of them. */
import { readFileSync } from 'node:fs'

/** True while a process of that id runs. One that has ended but that nobody has reaped yet (a zombie) does not run. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM'
  }
  return process.platform !== 'linux' || !isZombie(pid)
}

/** In a container whose first process reaps nobody, orphans stay in the table for good. */
function isZombie(pid: number): boolean {
  try {
    // The state follows the command's name, which may itself hold parentheses.
    return /^[ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, ''))
  } catch {
    return true
  }
}

/**
 * Sends `signal` to the group that the process `pid` leads (on Windows, which has no groups, to the process).
 * @returns false if nothing was there to take it.
 */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(process.platform === 'win32' ? pid : -pid, signal)
  } catch {
    return false
  }
}
