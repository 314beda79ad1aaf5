/** What every verb about plugins needs: folders, the surroundings, and somebody to tell. */
import type { PluginFolders } from './store/layout.ts'

export interface PluginPorts {
  readonly folders: PluginFolders
  /** The folder of the marketplace that comes with the command. */
  readonly builtin: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /**
   * Says what is going on.
   * @param detail how far it is; it changes many times a second
   */
  progress(step: string, detail?: string): void
}
