/** Where a marketplace comes from: its identity, which a name alone is not. */
import type { JsonField } from '../../json/field.ts'

export type MarketplaceSource =
  | { readonly kind: 'builtin' }
  /** `owner/repository` on GitHub. */
  | { readonly kind: 'github'; readonly repository: string }
  /** Without credentials. */
  | { readonly kind: 'git'; readonly url: string }
  /** A real path. */
  | { readonly kind: 'folder'; readonly path: string }

const GITHUB = /^(?:https:\/\/github\.com\/|(?:ssh:\/\/)?git@github\.com[:/])([\w-]+\/[\w.-]+?)(?:\.git)?\/?$/i

/** The same text for the same place, however it was written; two sources are one if and only if these are equal. */
export function sourceIdentity(source: MarketplaceSource): string {
  switch (source.kind) {
    case 'builtin':
      return 'builtin'
    case 'folder':
      return `folder:${source.path}`
    case 'github':
      return `github:${source.repository.toLowerCase()}`
    case 'git': {
      const [, repository] = GITHUB.exec(source.url) ?? []
      return repository === undefined ? `git:${source.url}` : `github:${repository.toLowerCase()}`
    }
  }
}

/** As people write it after `marketplace add`; it never holds credentials. */
export function renderSource(source: MarketplaceSource): string {
  switch (source.kind) {
    case 'builtin':
      return 'comes with the command'
    case 'github':
      return source.repository
    case 'git':
      return source.url
    case 'folder':
      return source.path
  }
}

/** Reads one from a record, where it stands as it is. */
export function readSource(field: JsonField): MarketplaceSource {
  const kind = field.member('kind').oneOf(['github', 'git', 'folder'])
  if (kind === 'github') return { kind, repository: field.member('repository').string() }
  if (kind === 'git') return { kind, url: field.member('url').string() }
  return { kind, path: field.member('path').string() }
}
