/** Builds what a marketplace has besides its plugins: the catalogue, the licence, and a page for whoever looks at it. */
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MARKETPLACE, ROOT } from './paths.ts'
import { replaceFolder } from './replace-folder.ts'
import { readVersion } from './version.ts'

/** @param plugins the names of those that there are */
export async function fillMarketplace(plugins: readonly string[]): Promise<void> {
  const version = await readVersion()
  const { metadata, ...catalogue } = JSON.parse(await readFile(join(ROOT, 'plugins/marketplace.json'), 'utf8'))
  const listed = catalogue.plugins.map((entry: { name: string }) => ({ ...entry, version }))
  const missing = plugins.filter((name) => !catalogue.plugins.some((entry: { name: string }) => entry.name === name))
  if (missing.length > 0) throw new Error(`plugins/marketplace.json does not list ${missing.join(', ')}.`)
  await replaceFolder(join(MARKETPLACE, '.claude-plugin'), async (target) => {
    const text = { ...catalogue, metadata: { ...metadata, version }, plugins: listed }
    await writeFile(join(target, 'marketplace.json'), `${JSON.stringify(text, null, 2)}\n`)
  })
  await mkdir(MARKETPLACE, { recursive: true })
  await cp(join(ROOT, 'LICENSE'), join(MARKETPLACE, 'LICENSE'))
  await writeFile(join(MARKETPLACE, 'README.md'), await renderPage(listed))
  await removeStrangers(plugins)
}

async function renderPage(listed: readonly { name: string; description: string }[]): Promise<string> {
  const template = await readFile(join(import.meta.dirname, 'templates/marketplace.md'), 'utf8')
  const rows = listed.map(({ name, description }) => `| [${name}](plugins/${name}/README.md) | ${description} |`)
  return template.replace('__PLUGINS__', () => rows.join('\n'))
}

/** A plugin that is no more, and what earlier builds have left, would be published for ever. */
async function removeStrangers(plugins: readonly string[]): Promise<void> {
  const known: Record<string, readonly string[]> = {
    '.': ['.claude-plugin', 'LICENSE', 'README.md', 'plugins'],
    plugins,
  }
  for (const [folder, names] of Object.entries(known)) {
    for (const entry of await readdir(join(MARKETPLACE, folder)).catch(() => [])) {
      if (!names.includes(entry)) await rm(join(MARKETPLACE, folder, entry), { recursive: true, force: true })
    }
  }
}
