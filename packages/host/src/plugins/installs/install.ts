/** `install`, `uninstall`, `enable` and `disable`: each a change of one record, made when everything else is in place. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { BackchannelError } from '@backchannel/protocol'
import { findKnown } from '../marketplaces/marketplaces.ts'
import { BUILTIN_MARKETPLACE } from '../marketplaces/reserved-names.ts'
import { sourceIdentity } from '../marketplaces/source.ts'
import { forgetOptions } from '../options/values.ts'
import type { Plugin } from '../plugin.ts'
import type { PluginPorts } from '../plugin-ports.ts'
import { pluginKey } from '../store/layout.ts'
import { withLock } from '../store/lock.ts'
import { createStaging, putInPlace } from '../store/staging.ts'
import { sweep } from '../store/sweep.ts'
import { availablePlugins } from './available.ts'
import { type InstalledPlugin, installedPlugins } from './installed.ts'
import { materialize } from './materialize.ts'
import { choosePlugin, parsePluginName } from './plugin-name.ts'

export interface Installed {
  readonly record: InstalledPlugin
  /** What was installed before; the same folder where nothing has changed. */
  readonly before: InstalledPlugin | undefined
  readonly plugin: Plugin
  readonly files: number
  readonly bytes: number
}

/** Installs it, or brings it to what its marketplace has now. @throws BackchannelError; then what was there stands */
export async function installPlugin(text: string, ports: PluginPorts): Promise<Installed> {
  const wanted = parsePluginName(text)
  if (wanted.marketplace === BUILTIN_MARKETPLACE) throw comesAlong(wanted.name)
  if (wanted.marketplace !== undefined) await findKnown(wanted.marketplace, ports)
  const { plugins, problems } = await availablePlugins(ports, wanted.marketplace)
  if (plugins.length === 0 && problems[0] !== undefined)
    throw new BackchannelError('plugin-invalid', problems[0].message)
  const found = choosePlugin(wanted, plugins, 'is in a marketplace that was added here')
  const { name, marketplace, known } = found
  await using staging = await createStaging(ports.folders.staging)
  const made = await materialize(found, staging.path, ports)
  return await withLock(ports.folders.lock, ports.signal, async () => {
    const now = await findKnown(marketplace, ports)
    if (sourceIdentity(now.source) !== sourceIdentity(known.source))
      throw new BackchannelError('marketplace-refused', `"${marketplace}" has changed its source meanwhile.`)
    const folder = [marketplace, name, `${safe(made.version)}~${made.digest.slice(0, 12)}`].join('/')
    await putInPlace(made.path, join(ports.folders.installed, folder))
    const file = installedPlugins(ports.folders.installedFile)
    const records = await file.read()
    const before = records.get(pluginKey(name, marketplace))
    const record: InstalledPlugin = {
      name,
      marketplace,
      source: known.source,
      version: made.version,
      folder,
      enabled: before?.enabled ?? true,
      hasServer: made.plugin.servers.length + made.plugin.problems.length > 0,
      installedAt: new Date().toISOString(),
    }
    await file.write(new Map([...records, [pluginKey(name, marketplace), record]]))
    await sweep(ports.folders)
    return { record, before, plugin: made.plugin, files: made.files, bytes: made.bytes }
  })
}

/** @param keepData leaves what the plugin has stored, and what was answered to it */
export async function uninstallPlugin(text: string, keepData: boolean, ports: PluginPorts): Promise<InstalledPlugin> {
  return await changeRecord(text, ports, async (record) => {
    if (!keepData) {
      await rm(dataFolder(record, ports), { recursive: true, force: true })
      await forgetOptions(pluginKey(record.name, record.marketplace), ports.folders)
    }
    return undefined
  })
}

export async function switchPlugin(text: string, enabled: boolean, ports: PluginPorts): Promise<InstalledPlugin> {
  return await changeRecord(text, ports, async (record) => ({ ...record, enabled }))
}

/** The installed plugin that is meant. @throws BackchannelError `plugin-not-found` */
export async function findInstalled(text: string, { folders }: Pick<PluginPorts, 'folders'>): Promise<InstalledPlugin> {
  const wanted = parsePluginName(text)
  const records = await installedPlugins(folders.installedFile).read()
  if (wanted.marketplace === BUILTIN_MARKETPLACE) throw comesAlong(wanted.name)
  return choosePlugin(wanted, [...records.values()], 'is installed')
}

/** What a plugin keeps across its versions. */
export function dataFolder(
  { name, marketplace }: { name: string; marketplace: string },
  { folders }: Pick<PluginPorts, 'folders'>,
): string {
  return join(folders.data, pluginKey(name, marketplace))
}

/** @param change what becomes of the record; `undefined` removes it. @returns the record as it was */
async function changeRecord(
  text: string,
  ports: PluginPorts,
  change: (record: InstalledPlugin) => Promise<InstalledPlugin | undefined>,
): Promise<InstalledPlugin> {
  return await withLock(ports.folders.lock, ports.signal, async () => {
    const record = await findInstalled(text, ports)
    const key = pluginKey(record.name, record.marketplace)
    const file = installedPlugins(ports.folders.installedFile)
    const records = new Map(await file.read())
    const changed = await change(record)
    if (changed === undefined) records.delete(key)
    else records.set(key, changed)
    await file.write(records)
    await sweep(ports.folders)
    return record
  })
}

/** A version as the name of a folder. */
function safe(version: string): string {
  return (
    version
      .replace(/[^\w.+-]/g, '_')
      .replace(/^\.+/, '_')
      .slice(0, 64) || '_'
  )
}

function comesAlong(name: string): BackchannelError {
  return new BackchannelError(
    'plugin-not-found',
    `Plugins of "${BUILTIN_MARKETPLACE}" come with the command; none is installed or removed.`,
    {
      hint: `Name it in a session: --channels plugin:${name}@${BUILTIN_MARKETPLACE}.`,
    },
  )
}
