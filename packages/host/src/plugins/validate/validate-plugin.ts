/** Checks a plugin's folder whole: manifest, servers, options, hooks, skills, commands, and what leads out of it. */
import { join } from 'node:path'
import { BackchannelError, isEntry } from '@backchannel/protocol'
import type { JsonField } from '../../json/field.ts'
import { parseUserConfig } from '../format/user-config.ts'
import { channelServer, MANIFEST, type Plugin, readChannels, readManifest, readPlugin } from '../plugin.ts'
import { checkComponents } from './components.ts'
import { checkContents } from './contents.ts'
import type { Findings } from './findings.ts'
import { checkReferences } from './references.ts'

const TEXTS = ['version', 'description', 'displayName', 'license', 'homepage']
const KNOWN = [
  ...['$schema', 'name', 'author', 'repository', 'keywords', 'metadata', 'defaultEnabled', 'dependencies', 'settings'],
  ...['userConfig', 'channels', 'skills', 'commands', 'agents', 'hooks', 'mcpServers', 'lspServers', 'outputStyles'],
  ...['workflows', 'themes', 'monitors', 'experimental', ...TEXTS],
]

/**
 * @param root its folder, a real path
 * @param listed its name in the marketplace that lists it
 */
export async function validatePlugin(root: string, findings: Findings, listed?: string): Promise<void> {
  const manifest = await findings.attemptAsync(() => readManifest(root))
  if (manifest !== undefined) {
    checkManifest(manifest, findings, join(root, MANIFEST), listed)
    await checkComponents(root, manifest, findings)
  }
  await checkContents(root, findings)
  const plugin = await findings.attemptAsync(() => readPlugin(root, listed ?? nameOf(manifest)))
  if (plugin === undefined) return
  for (const { message } of plugin.problems) findings.error(message)
  checkReferences(plugin, findings)
  checkChannel(plugin, findings)
}

function checkManifest(manifest: JsonField, findings: Findings, file: string, listed: string | undefined): void {
  const keys = Object.keys(manifest.record())
  if (keys.length === 0) return
  findings.attempt(() => {
    const name = manifest.member('name').string('a name of letters, digits and "-"')
    if (!isEntry(`plugin:${name}@x`))
      throw manifest.member('name').refuse('a name of letters, digits, "-", "_" and "."')
    if (listed !== undefined && listed !== name)
      findings.warn(`${file}: name is "${name}", and the marketplace lists it as "${listed}", which counts.`)
    else if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))
      findings.warn(`${file}: name is "${name}"; lower case with "-" is usual.`)
  })
  for (const key of TEXTS) {
    const field = manifest.member(key)
    if (field.present) findings.attempt(() => void field.string())
  }
  findings.attempt(() => checkAuthor(manifest.member('author')))
  findings.attempt(() => checkUrl(manifest.member('homepage')))
  findings.attempt(() => checkKeywords(manifest.member('keywords')))
  findings.attempt(() => void parseUserConfig(manifest.member('userConfig')))
  findings.attempt(() => void readChannels(manifest.member('channels')))
  for (const key of ['version', 'description'])
    if (!manifest.member(key).present) findings.warn(`${file}: "${key}" is missing; people choose by it.`)
  findings.warnUnknown(file, '', keys, KNOWN)
}

function checkAuthor(author: JsonField): void {
  if (author.present && typeof author.value !== 'string') author.member('name').string('the name of a person or group')
}

function checkUrl(field: JsonField): void {
  if (field.present && !URL.canParse(field.string('a URL'))) throw field.refuse('a URL')
}

function checkKeywords(field: JsonField): void {
  if (field.present) for (const item of field.items('a list of words')) item.string('a word')
}

/** Without a server it is no channel, which is no mistake; with several, which one is it? */
function checkChannel(plugin: Plugin, findings: Findings): void {
  if (plugin.servers.length + plugin.problems.length === 0 && plugin.channels.length === 0) {
    findings.warn(`${plugin.root} has no MCP server, so there is nothing here that a Backchannel session runs.`)
    return
  }
  try {
    channelServer(plugin)
  } catch (thrown) {
    if (!BackchannelError.is(thrown)) throw thrown
    const message = thrown.hint === undefined ? thrown.message : `${thrown.message} ${thrown.hint}`
    if (plugin.channels.length > 0) findings.error(message)
    else findings.warn(message)
  }
}

function nameOf(manifest: JsonField | undefined): string {
  const name = manifest?.member('name').value
  return typeof name === 'string' && isEntry(`plugin:${name}@x`) ? name : 'plugin'
}
