/** Stops a fetch that grows beyond what is taken, while it grows. */
import type { Dirent } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { BackchannelError } from '@backchannel/protocol'

export interface FetchLimits {
  readonly bytes: number
  readonly files: number
  readonly milliseconds: number
}

/** Of one repository, its packed objects included. */
export const FETCH_LIMITS: FetchLimits = { bytes: 512 * 1024 * 1024, files: 50_000, milliseconds: 300_000 }
const LOOK_EVERY_MS = 500

export interface SizeWatch {
  /** Looks once more. @throws BackchannelError `plugin-too-large` */
  check(): Promise<void>
  close(): void
}

export function watchSize(folder: string, limits: FetchLimits, exceeded: (error: BackchannelError) => void): SizeWatch {
  let looking = false
  const look = async () => {
    if (looking) return
    looking = true
    await measure(folder, limits).catch((error: unknown) => {
      if (BackchannelError.is(error)) exceeded(error)
    })
    looking = false
  }
  const timer = setInterval(() => void look(), LOOK_EVERY_MS)
  return {
    check: () => measure(folder, limits),
    close: () => clearInterval(timer),
  }
}

async function measure(folder: string, limits: FetchLimits): Promise<void> {
  let files = 0
  let bytes = 0
  const open = [folder]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const entry of await entries(next)) {
      const path = join(next, entry.name)
      if (entry.isDirectory()) open.push(path)
      files += 1
      bytes += entry.isFile()
        ? await lstat(path).then(
            ({ size }) => size,
            () => 0,
          )
        : 0
      if (files > limits.files) throw tooLarge(`more than ${limits.files} files`)
      if (bytes > limits.bytes) throw tooLarge(`more than ${Math.round(limits.bytes / 1_048_576)} MiB`)
    }
  }
}

/** What git has just moved is counted next time. */
async function entries(folder: string): Promise<readonly Dirent[]> {
  return await readdir(folder, { withFileTypes: true }).catch(() => [])
}

function tooLarge(what: string): BackchannelError {
  return new BackchannelError('plugin-too-large', `The repository holds ${what}, and no more is taken.`, {
    hint: 'Nothing was changed.',
  })
}
