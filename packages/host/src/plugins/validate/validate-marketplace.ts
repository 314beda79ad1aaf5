/** Checks a marketplace's folder: its list, and every plugin that lies in it. */
import { BackchannelError, renderError } from '@backchannel/protocol'
import { JsonField } from '../../json/field.ts'
import { readJsonFile } from '../../json/read.ts'
import { type ListedPlugin, type Marketplace, pluginFolder, readMarketplace } from '../marketplace.ts'
import { parseGitAddress } from '../marketplaces/address.ts'
import { checkMarketplaceName } from '../marketplaces/reserved-names.ts'
import type { Findings } from './findings.ts'
import { validatePlugin } from './validate-plugin.ts'

const TOP = [
  ...['$schema', 'name', 'owner', 'plugins', 'description', 'version', 'metadata', 'renames'],
  ...['forceRemoveDeletedPlugins', 'allowCrossMarketplaceDependenciesOn'],
]

/** @returns how many plugins of it were looked at */
export async function validateMarketplace(root: string, findings: Findings): Promise<number> {
  const marketplace = await findings.attemptAsync(() => readMarketplace(root))
  if (marketplace === undefined) return 0
  const { name, file, problems, plugins } = marketplace
  for (const { error } of problems) findings.error(renderError(error))
  const source = { file, code: 'plugin-invalid' } as const
  const found = await readJsonFile(source)
  const top = new JsonField(found?.value, source)
  findings.warnUnknown(file, '', Object.keys(top.record()), TOP)
  try {
    checkMarketplaceName(name, { kind: 'folder', path: root })
  } catch (thrown) {
    if (!BackchannelError.is(thrown)) throw thrown
    findings.warn(`${file}: ${thrown.message} Whoever adds it must give it another name.`)
  }
  for (const listed of plugins) await checkListed(marketplace, listed, findings)
  return plugins.length
}

async function checkListed(marketplace: Marketplace, listed: ListedPlugin, findings: Findings): Promise<void> {
  const { source, name, field } = listed
  const at = `${marketplace.file}: ${field}.source`
  if (source.kind === 'unsupported')
    return findings.warn(`${at} has the form "${source.form}", which Claude Code takes and Backchannel does not.`)
  if (source.kind === 'git') {
    if (source.repository.includes(':')) findings.attempt(() => void parseGitAddress(source.repository))
    return
  }
  const folder = await findings.attemptAsync(() => pluginFolder(marketplace, listed))
  if (folder !== undefined) await validatePlugin(folder, findings, name)
}
