/** Which folders running processes use, so that a version that a session still runs from is not taken away under it. */
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { isRunning } from '../../processes/running.ts'

/** What this process has marked, by the folder of the marks. */
const marked = new Map<string, Set<string>>()

/**
 * Notes that this process uses `folder` from now until it ends; a mark is as old as its process.
 * @returns false where the folder has gone meanwhile: then look again where it should be
 */
export async function markInUse(inUse: string, folder: string): Promise<boolean> {
  const mine = marked.get(inUse) ?? new Set()
  marked.set(inUse, mine)
  if (!mine.has(folder)) {
    mine.add(folder)
    // Where no mark can be written, no version can be taken away either.
    await write(inUse, mine).catch(() => mine.delete(folder))
  }
  return await stat(folder).then(
    () => true,
    () => false,
  )
}

async function write(inUse: string, folders: ReadonlySet<string>): Promise<void> {
  await mkdir(inUse, { recursive: true, mode: 0o700 })
  await writeFileAtomic(join(inUse, String(process.pid)), [...folders].join('\n'), { mode: 0o600 })
}

/** The folders in use by processes that live; the marks of others are removed. */
export async function foldersInUse(inUse: string): Promise<ReadonlySet<string>> {
  const used = new Set<string>()
  for (const name of await readdir(inUse).catch(() => [])) {
    const file = join(inUse, name)
    // A mark that is just being written is `PID.NUMBER` for a moment.
    // A number that another process has got since keeps a folder longer than needed, which harms nobody.
    if (!isRunning(Number.parseInt(name, 10))) await rm(file, { force: true })
    else if (/^\d+$/.test(name))
      for (const folder of (await readFile(file, 'utf8').catch(() => '')).split('\n')) used.add(folder)
  }
  return used
}
