/** Whether a process is there, ours or not. */

/** A number that another process has got since counts as running. */
export function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    // The process is there, and is not ours.
    return (thrown as NodeJS.ErrnoException).code === 'EPERM'
  }
}
