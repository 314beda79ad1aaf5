/** Marketplaces and installed plugins, for the command and for `/plugin`; loaded only where one of them is used. */
import type { HostPaths } from '../settings/paths.ts'
import type { VerbPorts } from './command/verb.ts'
import { pluginFolders } from './store/layout.ts'

export { sanitizeLine } from '../ui/sanitize.ts'
export { type PluginResult, runPlugin } from './command/run.ts'
export type { VerbPorts } from './command/verb.ts'
export type { UserOption } from './format/user-config.ts'

export type VerbSurroundings = Omit<VerbPorts, 'folders' | 'settingsFile'> & { readonly paths: HostPaths }

/** What the verbs need, from what the command knows. */
export function verbPorts({ paths, ...rest }: VerbSurroundings): VerbPorts {
  return { ...rest, folders: pluginFolders(paths.plugins), settingsFile: paths.settings }
}
