/** Clears away at a start what killed processes have left, where no other process is changing anything just now. */
import { pluginFolders } from './layout.ts'
import { tryLock } from './lock.ts'
import { sweep } from './sweep.ts'

/** Never the reason why a session can't start: what cannot be tidied now is tidied another time. */
export async function tidyPlugins(root: string): Promise<void> {
  const folders = pluginFolders(root)
  await tryLock(folders.lock, () => sweep(folders)).catch(() => undefined)
}
