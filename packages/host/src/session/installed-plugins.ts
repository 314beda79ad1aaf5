/** The installed plugins of a session, after what a killed process may have left half-made is cleared away. */
import { existsSync } from 'node:fs'
import { type PluginEntry, renderError } from '@backchannel/protocol'
import type { NoticeLevel } from '../ui/events.ts'

/**
 * Those that are switched on. Records that can't be read are told, and the session goes on without.
 * @param root `~/.backchannel/plugins`; where it is missing, nothing of plugins is even loaded
 */
export async function readInstalled(
  root: string,
  notice: (level: NoticeLevel, message: string) => void,
): Promise<readonly PluginEntry[]> {
  if (!existsSync(root)) return []
  try {
    const { tidyPlugins } = await import('../plugins/store/tidy.ts')
    const { listInstalled } = await import('../plugins/installed-catalog.ts')
    await tidyPlugins(root)
    return (await listInstalled(root)).map((plugin) => ({ kind: 'plugin', ...plugin }))
  } catch (thrown) {
    notice('error', `Installed plugins cannot be used: ${renderError(thrown)}`)
    return []
  }
}
