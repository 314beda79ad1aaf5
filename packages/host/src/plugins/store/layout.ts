/** Where everything about plugins lies below `~/.backchannel/plugins`; docs/plugins.md draws the same tree. */
import { join } from 'node:path'

export interface PluginFolders {
  readonly root: string
  /** Which marketplaces are known, and where each comes from. */
  readonly marketplacesFile: string
  /** Which plugins are installed, in which version, and whether they are on. */
  readonly installedFile: string
  /** What the operator answered to the plugins' `userConfig`; mode 0600. */
  readonly optionsFile: string
  /** Fetched marketplaces, a folder for each revision: `NAME/REVISION`. */
  readonly marketplaces: string
  /** Copies of plugins, a folder for each version: `MARKETPLACE/NAME/VERSION~DIGEST`. */
  readonly installed: string
  /** What plugins keep across their versions (`CLAUDE_PLUGIN_DATA`). */
  readonly data: string
  /** Half-made and discarded folders: `PID-…`. */
  readonly staging: string
  /** Which running process uses which folders: a file named after its process id. */
  readonly inUse: string
  readonly lock: string
}

/** @param root `~/.backchannel/plugins` */
export function pluginFolders(root: string): PluginFolders {
  const place = (name: string) => join(root, name)
  return {
    root,
    marketplacesFile: place('marketplaces.json'),
    installedFile: place('installed.json'),
    optionsFile: place('options.json'),
    marketplaces: place('marketplaces'),
    installed: place('installed'),
    data: place('data'),
    staging: place('staging'),
    inUse: place('in-use'),
    lock: place('lock'),
  }
}

/** The name of a plugin as its marketplace's own: `chat@acme`, the key of every record. */
export function pluginKey(name: string, marketplace: string): string {
  return `${name}@${marketplace}`
}
