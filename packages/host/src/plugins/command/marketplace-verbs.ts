/** `plugin marketplace add|list|update|remove`. */
import { renderError } from '@backchannel/protocol'
import { marketplaceFolder } from '../marketplaces/fetch.ts'
import { type KnownMarketplace, knownMarketplaces } from '../marketplaces/known.ts'
import { addMarketplace, removeMarketplace, updateMarketplace } from '../marketplaces/marketplaces.ts'
import { renderSource } from '../marketplaces/source.ts'
import type { Verb } from './verb.ts'
import { plural, table } from './words.ts'

export const marketplaceVerbs: readonly Verb[] = [
  {
    name: 'marketplace add',
    usage: 'SOURCE',
    summary: 'make the plugins of a folder or repository available',
    flags: {
      name: { type: 'string', value: 'NAME', help: 'a name of your own for it' },
      replace: { type: 'boolean', help: 'confirm that a name you know now comes from this source' },
    },
    examples: [
      'marketplace add ./plugins',
      'marketplace add acme/plugins@v2',
      'marketplace add https://git.example.com/plugins.git',
    ],
    async run({ names: [source = ''], flags }, ports) {
      const name = typeof flags['name'] === 'string' ? { name: flags['name'] } : {}
      const added = await addMarketplace(source, { ...name, replace: flags['replace'] === true }, ports)
      const from = `${renderSource(added.known.source)}${added.known.ref === undefined ? '' : `, following ${added.known.ref}`}`
      const what = added.again ? 'is up to date' : 'was added'
      return {
        ok: true,
        text:
          `The marketplace ${added.name} ${what}: ${plural(added.plugins, 'plugin')} from ${from}.\n` +
          `See them: plugin list --available. Install one: plugin install NAME@${added.name}`,
        data: describe(added.name, added.known),
      }
    },
  },
  {
    name: 'marketplace list',
    usage: '',
    summary: 'the marketplaces that were added, and where each comes from',
    takes: { least: 0, most: 0 },
    json: true,
    examples: ['marketplace list'],
    async run(_given, ports) {
      const records = [...(await knownMarketplaces(ports.folders.marketplacesFile).read())]
      const rows = records.map(([name, known]) => [
        name,
        renderSource(known.source),
        renderRevision(known),
        marketplaceFolder(name, known, ports),
      ])
      const text =
        records.length === 0
          ? 'No marketplace was added. The plugins that come with the command need none.\nAdd one: plugin marketplace add SOURCE'
          : table(rows)
      return { ok: true, text, data: { marketplaces: records.map(([name, known]) => describe(name, known)) } }
    },
  },
  {
    name: 'marketplace update',
    usage: '[NAME…]',
    summary: 'fetch what a marketplace has now; installed plugins stay as they are',
    takes: { least: 0, most: 100 },
    examples: ['marketplace update', 'marketplace update acme'],
    async run({ names }, ports) {
      const all = [...(await knownMarketplaces(ports.folders.marketplacesFile).read()).keys()]
      const lines: string[] = []
      let ok = true
      for (const name of names.length > 0 ? names : all) {
        try {
          const { before, known } = await updateMarketplace(name, ports)
          const moved =
            known.commit === before.commit
              ? 'is up to date'
              : `moved from ${short(before.commit)} to ${short(known.commit)}`
          lines.push(
            known.source.kind === 'folder' ? `${name} is read in its folder, always as it is.` : `${name} ${moved}.`,
          )
        } catch (thrown) {
          ports.signal.throwIfAborted()
          ok = false
          lines.push(`${name}: ${renderError(thrown)}`)
        }
      }
      return { ok, text: lines.join('\n') || 'No marketplace was added, so there is nothing to update.' }
    },
  },
  {
    name: 'marketplace remove',
    usage: 'NAME',
    summary: 'forget a marketplace; its plugins must be uninstalled before',
    examples: ['marketplace remove acme'],
    async run({ names: [name = ''] }, ports) {
      const { source } = await removeMarketplace(name, ports)
      return { ok: true, text: `The marketplace ${name} (${renderSource(source)}) was removed.` }
    },
  },
]

function describe(name: string, { source, ref, commit, updatedAt }: KnownMarketplace): object {
  return { name, kind: source.kind, source: renderSource(source), ref, commit, updated_at: updatedAt }
}

function renderRevision({ ref, commit }: KnownMarketplace): string {
  return commit === undefined ? 'as it is' : `${ref === undefined ? '' : `${ref}, `}${short(commit)}`
}

function short(commit: string | undefined): string {
  return commit?.slice(0, 12) ?? 'nothing'
}
