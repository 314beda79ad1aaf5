/** The plugins that are installed: which version, from where, and whether they are on. */
import type { JsonField } from '../../json/field.ts'
import { type MarketplaceSource, readSource } from '../marketplaces/source.ts'
import { createRecordFile, type RecordFile } from '../store/record-file.ts'

export interface InstalledPlugin {
  readonly name: string
  readonly marketplace: string
  /** Where its marketplace came from when it was installed. */
  readonly source: Exclude<MarketplaceSource, { kind: 'builtin' }>
  readonly version: string
  /** Below the folder of installed plugins: `MARKETPLACE/NAME/VERSION~DIGEST`. */
  readonly folder: string
  readonly enabled: boolean
  /** Whether it has an MCP server; without one there is nothing here to start. */
  readonly hasServer: boolean
  /** ISO 8601. */
  readonly installedAt: string
}

/** Keys are `NAME@MARKETPLACE`. */
export function installedPlugins(file: string): RecordFile<InstalledPlugin> {
  return createRecordFile(file, 'plugins', parse)
}

function parse(field: JsonField): InstalledPlugin {
  const source = readSource(field.member('source'))
  const folder = field.member('folder').string('a folder of three parts')
  if (source.kind === 'builtin' || !/^[^/\\]+\/[^/\\]+\/[^/\\]+$/.test(folder) || /(^|\/)\.\.?(\/|$)/.test(folder))
    throw field.member('folder').refuse('a folder of three parts: MARKETPLACE/NAME/VERSION')
  return {
    name: field.member('name').string(),
    marketplace: field.member('marketplace').string(),
    source,
    version: field.member('version').string(),
    folder,
    enabled: field.member('enabled').boolean(),
    hasServer: field.member('hasServer').boolean(),
    installedAt: field.member('installedAt').string(),
  }
}
