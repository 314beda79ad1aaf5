/** `plugin install|update|uninstall|enable|disable`. */
import { renderError } from '@backchannel/protocol'
import { type Installed, installPlugin, switchPlugin, uninstallPlugin } from '../installs/install.ts'
import { installedPlugins } from '../installs/installed.ts'
import { updateMarketplace } from '../marketplaces/marketplaces.ts'
import { validateFolder } from '../validate/validate.ts'
import { isAllowed } from './allow-verbs.ts'
import { askOptions, optionsOf } from './configure-verb.ts'
import type { Verb, VerbPorts, VerbResult } from './verb.ts'
import { nameOf, plural, renderBytes, renderFrom } from './words.ts'

const RELOAD = 'A session that runs takes it with /reload-plugins.'

export const installVerbs: readonly Verb[] = [
  {
    name: 'install',
    usage: 'NAME[@MARKETPLACE]…',
    summary: 'copy plugins to this machine, or bring them to what their marketplace has now',
    takes: { least: 1, most: 100 },
    examples: ['install chat@acme'],
    run: ({ names }, ports) =>
      each(names, ports, async (name) => await renderInstalled(await installPlugin(name, ports), ports)),
  },
  {
    name: 'update',
    usage: '[NAME[@MARKETPLACE]…]',
    summary: 'fetch the marketplaces of installed plugins, and install what is new',
    takes: { least: 0, most: 100 },
    examples: ['update', 'update chat@acme'],
    async run({ names }, ports) {
      const all = [...(await installedPlugins(ports.folders.installedFile).read()).values()]
      const wanted = all.filter(
        (plugin) => names.length === 0 || names.includes(plugin.name) || names.includes(nameOf(plugin)),
      )
      const unknown = names.filter((name) => !all.some((plugin) => plugin.name === name || nameOf(plugin) === name))
      if (wanted.length + unknown.length === 0)
        return { ok: true, text: 'No plugin is installed, so there is nothing to update.' }
      const marketplaces = [...new Set(wanted.map(({ marketplace }) => marketplace))]
      const fetched = await each(marketplaces, ports, async (name) => {
        await updateMarketplace(name, ports)
        return ''
      })
      const missing = unknown.map((name) => `${name} is not installed.`).join('\n')
      const updated = await each(
        wanted.map(nameOf),
        ports,
        async (name) => await renderInstalled(await installPlugin(name, ports), ports),
      )
      const text = [fetched.text, missing, updated.text].filter((part) => part !== '').join('\n')
      return { ok: fetched.ok && updated.ok && unknown.length === 0, text }
    },
  },
  {
    name: 'uninstall',
    usage: 'NAME[@MARKETPLACE]…',
    summary: 'remove plugins, what they stored and what was answered to them',
    takes: { least: 1, most: 100 },
    flags: { 'keep-data': { type: 'boolean', help: 'leave what it stored and what was answered' } },
    examples: ['uninstall chat@acme', 'uninstall chat --keep-data'],
    run: ({ names, flags }, ports) =>
      each(names, ports, async (name) => {
        const record = await uninstallPlugin(name, flags['keep-data'] === true, ports)
        return `${nameOf(record)} ${record.version} was uninstalled. A session that runs it keeps it until /reload-plugins.`
      }),
  },
  switchVerb('enable', true, 'switch installed plugins on', RELOAD),
  switchVerb(
    'disable',
    false,
    'switch installed plugins off: no session starts them',
    'A session that runs it ends it with /reload-plugins.',
  ),
]

function switchVerb(name: string, enabled: boolean, summary: string, then: string): Verb {
  return {
    name,
    usage: 'NAME[@MARKETPLACE]…',
    summary,
    takes: { least: 1, most: 100 },
    examples: [`${name} chat@acme`],
    run: ({ names }, ports) =>
      each(names, ports, async (plugin) => {
        const record = await switchPlugin(plugin, enabled, ports)
        const state = `switched ${enabled ? 'on' : 'off'}`
        const missing = enabled ? await askOptions(record, await optionsOf(record, ports), ports) : []
        const needs = missing.length === 0 ? '' : ` It needs ${missing.join(', ')}: plugin configure ${nameOf(record)}`
        const was = record.enabled === enabled
        return was
          ? `${nameOf(record)} was ${state} already.${needs}`
          : `${nameOf(record)} is ${state}. ${then}${needs}`
      }),
  }
}

/** One after the other; what fails is told, and the others go on. */
async function each(
  names: readonly string[],
  { signal }: VerbPorts,
  run: (name: string) => Promise<string>,
): Promise<VerbResult> {
  const lines: string[] = []
  let ok = true
  for (const name of names) {
    try {
      const line = await run(name)
      if (line) lines.push(line)
    } catch (thrown) {
      signal.throwIfAborted()
      ok = false
      lines.push(names.length > 1 ? `${name}: ${renderError(thrown)}` : renderError(thrown))
    }
  }
  return { ok, text: lines.join('\n') }
}

async function renderInstalled({ record, before, plugin, files, bytes }: Installed, ports: VerbPorts): Promise<string> {
  const name = nameOf(record)
  if (before?.folder === record.folder) return `${name} ${record.version} is installed already, and has not changed.`
  const size = `${plural(files, 'file')}, ${renderBytes(bytes)}`
  const was = before === undefined ? 'was installed' : `was updated from ${before.version}`
  const lines = [`${name} ${record.version} ${was}: ${size} from ${renderFrom(record)}.`]
  const { findings } = await validateFolder(plugin.root).catch(() => ({ findings: [] }))
  const errors = findings.filter(({ level }) => level === 'error')
  if (errors.length > 0) lines.push(`It has ${plural(errors.length, 'mistake')}: plugin validate ${plugin.root}`)
  const missing = await askOptions(record, plugin.options, ports)
  if (missing.length > 0) lines.push(`It needs ${missing.join(', ')}: plugin configure ${name}`)
  if (!record.hasServer) lines.push('It has no MCP server, so there is nothing in it that a session here runs.')
  else if (before !== undefined) lines.push(RELOAD)
  else if (!(await isAllowed(record, ports)))
    lines.push(`Its tools work; its messages are let in once you allow it: plugin allow ${name}`)
  if (record.hasServer && before === undefined)
    lines.push(`Start it as a channel: backchannel --channels plugin:${name}`)
  return lines.join('\n')
}
