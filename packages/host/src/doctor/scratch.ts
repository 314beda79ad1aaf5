/** Runs a server aside: the same program, with everything that could touch the real set-up of its channel moved away. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Entry } from '@backchannel/protocol'
import type { ServerCommand } from '../channels/process.ts'

/**
 * Gives `use` the command and the folder, which is deleted when `use` has ended.
 * @returns what `use` returns
 */
export async function withScratch<Result>(
  { name }: Entry,
  command: ServerCommand,
  use: (moved: ServerCommand, folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'backchannel-doctor-'))
  const prefix = name.toUpperCase().replace(/[^A-Z0-9]/g, '_')
  const env = { ...command.env, [`${prefix}_STATE_DIR`]: folder, [`${prefix}_PORT`]: '0' }
  try {
    return await use({ ...command, env }, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
