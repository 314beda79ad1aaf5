/** Builds a folder aside and switches it in whole, so that a session that runs never sees half of one. */
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { DIST } from './paths.ts'

/** On the same file system as what is built, and outside what ships: a build that was killed leaves nothing there. */
const ASIDE = join(DIST, '.building')

/** @param fill gets an empty folder; where it fails, the one that is there stays */
export async function replaceFolder(folder: string, fill: (target: string) => Promise<void>): Promise<void> {
  const aside = join(ASIDE, `${process.pid}-${basename(folder)}`)
  const before = `${aside}-before`
  await mkdir(aside, { recursive: true })
  try {
    await fill(aside)
    await mkdir(dirname(folder), { recursive: true })
    await rename(folder, before).catch(ignoreMissing)
    await rename(aside, folder)
  } finally {
    await rm(aside, { recursive: true, force: true })
    await rm(before, { recursive: true, force: true })
  }
}

/** Takes away what builds that were killed have left. */
export async function sweepAside(): Promise<void> {
  for (const name of await readdir(ASIDE).catch(() => [])) {
    const owner = Number.parseInt(name, 10)
    if (!isAlive(owner)) await rm(join(ASIDE, name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM'
  }
}

function ignoreMissing(thrown: NodeJS.ErrnoException): void {
  if (thrown.code !== 'ENOENT') throw thrown
}
