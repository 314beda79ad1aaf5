/** Whose a slot is: a file beside the lock, since a lock does not say it. For the doctor, and for whoever waits for the slot. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRecord } from '@backchannel/protocol'

export interface Owner {
  readonly pid: number
  /** ISO 8601. */
  readonly since: string
  /** The session's name for the channel. */
  readonly source: string
}

/** @throws Error of the disk */
export function writeOwner(directory: string, name: string, source: string): void {
  const owner = { pid: process.pid, parent: process.ppid, since: new Date().toISOString(), source }
  writeFileSync(ownerPath(directory, name), `${JSON.stringify(owner)}\n`, { mode: 0o600 })
}

/** Counts only while that process lives. */
export function readOwner(directory: string, name: string): Owner | null {
  const { pid, since, source } = read(directory, name)
  return typeof pid === 'number' && isAlive(pid) ? { pid, since: String(since), source: String(source) } : null
}

/** The process that started it, its session, is gone: it reads the end of its input, and ends within a second. */
export function isEnding(directory: string, name: string): boolean {
  const { parent } = read(directory, name)
  return typeof parent === 'number' && parent > 1 && !isAlive(parent)
}

/** Not where the folder was deleted, and another process has made it anew. */
export function removeOwner(directory: string, name: string): void {
  if (read(directory, name)['pid'] === process.pid) rmSync(ownerPath(directory, name), { force: true })
}

function ownerPath(directory: string, name: string): string {
  return join(directory, `${name}.owner`)
}

/** One that is being written, or is not there, says nothing. */
function read(directory: string, name: string): Record<string, unknown> {
  try {
    const owner: unknown = JSON.parse(readFileSync(ownerPath(directory, name), 'utf8'))
    return isRecord(owner) ? owner : {}
  } catch {
    return {}
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return isRecord(thrown) && thrown['code'] === 'EPERM'
  }
}
