/**
 * Builds what ships: `dist/marketplace` with one whole folder per plugin, and the command in `dist/cli`.
 * `node scripts/build.ts fakechat cli` builds those parts only. Each part is built aside and switched in whole, so that
 * a session that runs never sees half of one.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fillCli } from './build/cli.ts'
import { fillMarketplace } from './build/marketplace.ts'
import { CLI, MARKETPLACE, ROOT } from './build/paths.ts'
import { fillPlugin } from './build/plugin.ts'
import { replaceFolder, sweepAside } from './build/replace-folder.ts'

async function findPlugins(): Promise<string[]> {
  const entries = await readdir(join(ROOT, 'plugins'), { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}

const plugins = await findPlugins()
const wanted = process.argv.length > 2 ? process.argv.slice(2) : [...plugins, 'cli']
await sweepAside()
const parts = await Promise.allSettled([
  fillMarketplace(plugins),
  ...plugins
    .filter((name) => wanted.includes(name))
    .map((name) => replaceFolder(join(MARKETPLACE, 'plugins', name), (target) => fillPlugin(name, target))),
  ...(wanted.includes('cli') ? [replaceFolder(CLI, fillCli)] : []),
])
for (const part of parts) if (part.status === 'rejected') throw part.reason
