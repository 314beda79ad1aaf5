/** `plugin allow|disallow`: the user's own allowlist of plugins that may push events into a session (contract 4). */
import { createAllowlist } from '../../channels/allowlist.ts'
import { changeAllowedChannels, readAllowedChannels } from '../../settings/allowed-channels.ts'
import { findInstalled } from '../installs/install.ts'
import type { InstalledPlugin } from '../installs/installed.ts'
import { parsePluginName } from '../installs/plugin-name.ts'
import type { Verb, VerbPorts } from './verb.ts'
import { nameOf, renderFrom } from './words.ts'

export const allowVerbs: readonly Verb[] = [
  {
    name: 'allow',
    usage: 'NAME[@MARKETPLACE]',
    summary: 'let an installed plugin push messages into sessions that name it',
    examples: ['allow chat@acme'],
    async run({ names: [text = ''] }, ports) {
      const record = await findInstalled(text, ports)
      const changed = await changeAllowedChannels(ports.settingsFile, 'add', channelOf(record))
      const words = changed
        ? `${nameOf(record)} is allowed now, from ${renderFrom(record)} only.`
        : `${nameOf(record)} was allowed already.`
      return {
        ok: true,
        text: `${words} A session takes its messages if it names it: --channels plugin:${nameOf(record)}`,
      }
    },
  },
  {
    name: 'disallow',
    usage: 'NAME[@MARKETPLACE]',
    summary: 'take that back',
    examples: ['disallow chat@acme'],
    async run({ names: [text = ''] }, ports) {
      const named = parsePluginName(text)
      // It may have been uninstalled since it was allowed.
      const { name, marketplace } =
        named.marketplace === undefined ? await findInstalled(text, ports) : { marketplace: '', ...named }
      const changed = await changeAllowedChannels(ports.settingsFile, 'remove', { plugin: name, marketplace })
      return { ok: changed, text: `${name}@${marketplace} ${changed ? 'is no longer' : 'was not'} on your allowlist.` }
    },
  },
]

/** Whether a session that names it would take its messages, as far as the user decides. */
export async function isAllowed(record: InstalledPlugin, { settingsFile }: VerbPorts): Promise<boolean> {
  const added = await readAllowedChannels(settingsFile).catch(() => [])
  const { name, marketplace } = record
  return createAllowlist(() => record.source, added)({ kind: 'plugin', name, marketplace })
}

function channelOf({ name, marketplace, source }: InstalledPlugin) {
  return { plugin: name, marketplace, source }
}
