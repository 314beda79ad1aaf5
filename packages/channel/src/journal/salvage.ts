/**
 * Replaces a damaged journal by what can be read out of it. The new file is finished before the old one is moved, and
 * each step can be taken up by whoever opens the journal next: a kill in between, or a full disk, loses nothing more.
 */
import { existsSync, renameSync, rmSync } from 'node:fs'
import { copyEvents } from './copy.ts'
import { copyMemory } from './memory.ts'
import { migrate } from './schema.ts'
import { openDatabase } from './sqlite.ts'
import { copyTasks } from './tasks-copy.ts'

const PARTS = ['-wal', '-shm', ''] as const

/**
 * Writes what can be read to a file of its own, to be put in place by {@link putInPlace}.
 * @throws Error where there is no room for it; the damaged file is as it was
 */
export function salvage(file: string): void {
  const target = `${file}.salvaging`
  removeDatabase(target)
  const into = openDatabase(target)
  try {
    migrate(into)
    copyEvents(file, into, 'all')
    copyTasks(file, into)
    copyMemory(file, into)
  } catch (thrown) {
    into.close()
    removeDatabase(target)
    throw thrown
  }
  into.close()
  renameSync(target, `${file}.salvaged`)
}

/**
 * Puts the damaged journal aside, whole, and the salvaged one in its place.
 * @returns where the damaged one is now; `undefined` where nothing was salvaged
 */
export function putInPlace(file: string, now: () => number): string | undefined {
  if (!existsSync(`${file}.salvaged`)) return undefined
  const aside = putAside(file, now)
  renameSync(`${file}.salvaged`, file)
  return aside
}

/** Renames a journal with its log, the log first: beside another file it would be taken for that one's. */
export function putAside(file: string, now: () => number): string {
  const aside = freeName(`${file}.damaged-${now()}`)
  for (const part of PARTS) if (existsSync(`${file}${part}`)) renameSync(`${file}${part}`, `${aside}${part}`)
  return aside
}

/** A clock that was set back must not make one damaged file replace another. */
export function freeName(wanted: string): string {
  let name = wanted
  for (let number = 2; PARTS.some((part) => existsSync(`${name}${part}`)); number += 1) name = `${wanted}-${number}`
  return name
}

export function removeDatabase(file: string): void {
  for (const part of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${part}`, { force: true })
}
