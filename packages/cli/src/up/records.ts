/** Which processes of `backchannel up` run: a small file each, which counts only while its process lives. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HostPaths } from '@backchannel/host'
import { isRecord } from '@backchannel/protocol'

export interface UpRecord {
  readonly pid: number
  /** As they were named: `plugin:telegram@backchannel`. */
  readonly entries: readonly string[]
  /** ISO 8601. */
  readonly since: string
  /** The file it writes its log to. */
  readonly log: string
}

type Paths = Pick<HostPaths, 'home'>

export async function writeRecord(paths: Paths, record: UpRecord): Promise<void> {
  await mkdir(folderOf(paths), { recursive: true, mode: 0o700 })
  await writeFile(fileOf(paths, record.pid), `${JSON.stringify(record)}\n`, { mode: 0o600 })
}

export async function removeRecord(paths: Paths, pid: number): Promise<void> {
  await rm(fileOf(paths, pid), { force: true })
}

/** Those of processes that live; what killed ones left is taken away. */
export async function readRecords(paths: Paths): Promise<readonly UpRecord[]> {
  const names = await readdir(folderOf(paths)).catch(() => [])
  const found = await Promise.all(
    names
      .filter((name) => /^\d+\.json$/.test(name))
      .map((name) => readFile(join(folderOf(paths), name), 'utf8').catch(() => '')),
  )
  const records = found.flatMap((text) => parseRecord(text) ?? [])
  for (const { pid } of records) if (!isAlive(pid)) await removeRecord(paths, pid)
  return records.filter(({ pid }) => isAlive(pid))
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function parseRecord(text: string): UpRecord | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isRecord(value)) return undefined
  const { pid, entries, since, log } = value
  if (!Number.isSafeInteger(pid) || (pid as number) <= 0 || !Array.isArray(entries)) return undefined
  return { pid: pid as number, entries: entries.map(String), since: String(since), log: String(log) }
}

function folderOf({ home }: Paths): string {
  return join(home, 'up')
}

function fileOf(paths: Paths, pid: number): string {
  return join(folderOf(paths), `${pid}.json`)
}
