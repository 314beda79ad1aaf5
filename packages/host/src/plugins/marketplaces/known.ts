/** The marketplaces that the operator has added: by name, each bound to where it came from. */
import type { JsonField } from '../../json/field.ts'
import { createRecordFile, type RecordFile } from '../store/record-file.ts'
import { type MarketplaceSource, readSource } from './source.ts'

export interface KnownMarketplace {
  readonly source: Exclude<MarketplaceSource, { kind: 'builtin' }>
  /** The name in its manifest; the operator may know it by another. */
  readonly declared: string
  /** The branch or tag it follows. Absent: the repository's own branch. */
  readonly ref?: string
  /** Of a repository: the commit it is at. */
  readonly commit?: string
  /** `user:password` of its URL. */
  readonly credentials?: string
  /** ISO 8601: when it was fetched or added. */
  readonly updatedAt: string
}

export function knownMarketplaces(file: string): RecordFile<KnownMarketplace> {
  return createRecordFile(file, 'marketplaces', parse)
}

function parse(field: JsonField): KnownMarketplace {
  const source = readSource(field.member('source'))
  if (source.kind === 'builtin') throw field.refuse('another source')
  const optional = (['ref', 'commit', 'credentials'] as const).flatMap((key) => {
    const member = field.member(key)
    return member.present ? [[key, member.string()] as const] : []
  })
  return {
    source,
    declared: field.member('declared').string(),
    updatedAt: field.member('updatedAt').string(),
    ...Object.fromEntries(optional),
  }
}
