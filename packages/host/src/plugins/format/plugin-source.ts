/** Where a marketplace says a plugin is: every form of `source` that Claude Code documents. */
import { isRecord } from '@backchannel/protocol'
import type { JsonField } from '../../json/field.ts'
import { quote } from '../../text/quote.ts'

export type PluginSource =
  /** A folder of the marketplace, starting with `./`. */
  | { readonly kind: 'path'; readonly path: string }
  /** A repository, or the folder `path` in it. */
  | {
      readonly kind: 'git'
      /** `owner/repository` on GitHub, or a git URL. */
      readonly repository: string
      readonly path?: string
      readonly ref?: string
      /** The commit it is pinned to; it wins over `ref`. */
      readonly commit?: string
    }
  /** A form that is documented, and that this host does not fetch. */
  | { readonly kind: 'unsupported'; readonly form: string }

const UNSUPPORTED = ['npm', 'archive', 'command']
const PATH = 'a path that starts with "./"'
const REPOSITORY = /^[A-Za-z0-9][\w-]*\/[A-Za-z0-9_][\w.-]*$/

/** @param prefix `metadata.pluginRoot`, which bare names count from; empty for none */
export function parsePluginSource(field: JsonField, prefix: string): PluginSource {
  if (!isRecord(field.value)) return { kind: 'path', path: parsePath(field, prefix) }
  const form = field.member('source').oneOf(['github', 'url', 'git-subdir', ...UNSUPPORTED])
  if (UNSUPPORTED.includes(form)) return { kind: 'unsupported', form }
  return {
    kind: 'git',
    repository: parseRepository(field, form),
    ...(form === 'git-subdir' ? { path: parseSubfolder(field.member('path')) } : {}),
    ...parseRevision(field),
  }
}

function parsePath(field: JsonField, prefix: string): string {
  const path = field.string(`${PATH}, or an object with "source"`)
  if (path === '.') return './'
  if (path.startsWith('./')) return path
  // `metadata.pluginRoot` exists so that entries can be short.
  if (prefix === '' || path === '' || path.startsWith('/') || path.includes('..')) throw field.refuse(PATH)
  return `${prefix}/${path}`
}

function parseRepository(field: JsonField, form: string): string {
  const at = field.member(form === 'github' ? 'repo' : 'url')
  const text = at.string(form === 'github' ? 'owner/repository' : 'a git URL')
  const isShort = REPOSITORY.test(text)
  if (form === 'github' ? !isShort : form === 'url' && isShort)
    throw at.refuse(form === 'github' ? 'owner/repository' : 'a git URL')
  return text
}

function parseSubfolder(field: JsonField): string {
  const path = field.string('the path of a folder in the repository')
  if (path === '' || path.startsWith('/') || /(^|[/\\])\.\.([/\\]|$)/.test(path))
    throw field.refuse('the path of a folder in the repository')
  return path
}

function parseRevision(field: JsonField): { ref?: string; commit?: string } {
  const [ref, commit] = [field.member('ref'), field.member('sha')]
  const expected = 'a commit: 40 digits and letters a to f'
  if (commit.present && !/^[0-9a-f]{40}$/.test(commit.string(expected)))
    throw commit.refuse(expected, quote(commit.string(expected)))
  return {
    ...(ref.present ? { ref: ref.string('a branch or tag') } : {}),
    ...(commit.present ? { commit: commit.string() } : {}),
  }
}
