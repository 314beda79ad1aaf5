/** Process groups that this process has started: signalled as a whole, and killed with it, however it ends. */
import { execFile } from 'node:child_process'

/** Leaders of the groups that run. */
const running = new Set<number>()
let watchesExit = false

/** From now on the group is killed when this process ends, so that none outlives its session. */
export function trackGroup(pid: number): void {
  running.add(pid)
  if (watchesExit) return
  watchesExit = true
  process.on('exit', () => {
    for (const leader of running) signalGroup(leader, 'SIGKILL')
  })
}

/** At once when the leader has ended: later the number could be another group's. */
export function releaseGroup(pid: number): void {
  running.delete(pid)
}

export function isTracked(pid: number): boolean {
  return running.has(pid)
}

export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  if (process.platform === 'win32') {
    execFile('taskkill', ['/pid', String(pid), '/t', '/f'], () => {})
    return
  }
  try {
    process.kill(-pid, signal)
  } catch {
    // The group is gone already.
  }
}
