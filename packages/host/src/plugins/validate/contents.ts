/** Whether a plugin's folder can be copied as it is: nothing that leads out, nothing but files, not too much of them. */
import { lstat, readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { BackchannelError } from '@backchannel/protocol'
import { resolveInside } from '../folder.ts'
import { COPY_LIMITS } from '../installs/copy.ts'
import type { Findings } from './findings.ts'

export async function checkContents(root: string, findings: Findings): Promise<void> {
  let files = 0
  let bytes = 0
  const open = ['']
  for (let below = open.pop(); below !== undefined; below = open.pop()) {
    for (const entry of await readdir(join(root, below), { withFileTypes: true }).catch(() => [])) {
      const name = join(below, entry.name)
      if (entry.name === '.git') continue
      files += 1
      if (entry.isDirectory()) open.push(name)
      else if (entry.isSymbolicLink()) await findings.attemptAsync(() => checkLink(root, name))
      else if (entry.isFile()) bytes += (await lstat(join(root, name))).size
      else findings.error(`${join(root, name)} must be a file or a folder.`)
      if (files > COPY_LIMITS.files || bytes > COPY_LIMITS.bytes)
        return findings.error(
          `${root} must hold at most ${COPY_LIMITS.files} files and ${COPY_LIMITS.bytes / 1_048_576} MiB, and holds more.`,
        )
    }
  }
}

async function checkLink(root: string, name: string): Promise<void> {
  const inside = await resolveInside(root, name, root)
  if (inside !== undefined) return
  const target = await realpath(join(root, name)).catch(() => 'nothing')
  throw new BackchannelError(
    'plugin-invalid',
    `${join(root, name)} must be a link to something in the plugin, got one to ${target}.`,
  )
}
