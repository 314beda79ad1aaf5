/** A new project folder asks for trust (contract 4): in the terminal, before any file of it is used, and never over a channel. */
import { access } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { renderError } from '@backchannel/protocol'
import { realFolder } from '../mcp/consent-file.ts'
import { createTrustedFolders } from '../mcp/trusted-folders.ts'
import type { HostPaths } from '../settings/paths.ts'
import type { Dialogs } from '../ui/interaction.ts'

export interface TrustOptions {
  readonly cwd: string
  readonly paths: HostPaths
  readonly dialogs: Dialogs
  readonly signal: AbortSignal
}

export interface TrustResult {
  readonly answer: 'trust' | 'exit'
  /** Why the answer could not be recorded. */
  readonly warning?: string
}

export async function isTrusted(cwd: string, paths: HostPaths): Promise<boolean> {
  return await createTrustedFolders(paths.consents).isTrusted(cwd)
}

/** Asks, whatever is recorded, and records a yes. A question that is withdrawn is a no. */
export async function askTrust({ cwd, paths, dialogs, signal }: TrustOptions): Promise<TrustResult> {
  const folder = { path: await realFolder(cwd), files: await projectFiles(cwd, paths) }
  const answer = await dialogs.confirmFolder(folder, signal)
  if (answer !== 'trust' || signal.aborted) return { answer: 'exit' }
  try {
    await createTrustedFolders(paths.consents).trust(cwd)
    return { answer }
  } catch (thrown) {
    return { answer, warning: `The trust in this folder holds for this session only: ${renderError(thrown)}` }
  }
}

/** Files of the project that a session uses, as far as they are there; none of them is opened. */
async function projectFiles(cwd: string, paths: HostPaths): Promise<readonly string[]> {
  const files = [join(cwd, '.mcp.json'), paths.projectSettings(cwd)]
  const found = await Promise.all(
    files.map((file) =>
      access(file).then(
        () => [relative(cwd, file)],
        () => [],
      ),
    ),
  )
  return found.flat()
}
