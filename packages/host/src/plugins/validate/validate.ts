/** `plugin validate`: whatever a folder is, a marketplace or a plugin, checked and told in one list. */
import { existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { BackchannelError } from '@backchannel/protocol'
import { errorCode } from '../../json/read.ts'
import { type Finding, Findings } from './findings.ts'
import { validateMarketplace } from './validate-marketplace.ts'
import { validatePlugin } from './validate-plugin.ts'

export interface Validation {
  readonly folder: string
  readonly kind: 'marketplace' | 'plugin'
  /** Of a marketplace: how many plugins it lists. */
  readonly plugins: number
  /** False with any error. */
  readonly valid: boolean
  readonly findings: readonly Finding[]
}

const OF_A_PLUGIN = ['.claude-plugin/plugin.json', '.mcp.json', 'skills', 'commands', 'hooks/hooks.json']

/** @throws BackchannelError `plugin-invalid` where the folder is neither */
export async function validateFolder(path: string): Promise<Validation> {
  const folder = await realpath(path).catch((cause: unknown) => {
    throw new BackchannelError('plugin-invalid', `${path} cannot be read (${errorCode(cause)}).`, { cause })
  })
  const findings = new Findings()
  const has = (name: string) => existsSync(join(folder, name))
  const isMarketplace = has('.claude-plugin/marketplace.json')
  const isPlugin = OF_A_PLUGIN.some(has)
  if (!isMarketplace && !isPlugin)
    throw new BackchannelError('plugin-invalid', `${folder} is neither a plugin nor a marketplace.`, {
      hint: 'A plugin has .claude-plugin/plugin.json or .mcp.json, a marketplace .claude-plugin/marketplace.json.',
    })
  const plugins = isMarketplace ? await validateMarketplace(folder, findings) : 0
  if (!isMarketplace) await validatePlugin(folder, findings)
  return {
    folder,
    kind: isMarketplace ? 'marketplace' : 'plugin',
    plugins,
    valid: !findings.failed,
    findings: findings.list,
  }
}
