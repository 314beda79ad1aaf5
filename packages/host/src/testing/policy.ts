/** Managed settings in a folder of their own for one test, never those of the machine. */
import { join } from 'node:path'
import type { HostPaths } from '../settings/paths.ts'
import { createFolder } from './folder.ts'

export interface Deployment {
  readonly root: string
  readonly paths: Pick<HostPaths, 'managed' | 'claudeManaged'>
}

/** @param files by path: `managed-settings.json`, `managed-settings.d/…`; `claude/…` is Claude Code's, `old/…` its older place */
export async function deploy(files: Readonly<Record<string, unknown>>): Promise<Deployment> {
  const root = await createFolder(files)
  const place = (folder: string) => ({
    file: join(root, folder, 'managed-settings.json'),
    folder: join(root, folder, 'managed-settings.d'),
  })
  return {
    root,
    paths: { managed: place('.'), claudeManaged: [place('claude'), { ...place('old'), tightensOnly: true }] },
  }
}
